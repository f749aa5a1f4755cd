import * as assert from "node:assert/strict";

import { allowing, anybody, conditionKeys, statements, type Statement } from "../../policy/documents";

const may = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
const mayNot = { ...may, Effect: "Deny" };

describe("a policy's document", () => {
  const documents: [form: string, document: unknown][] = [
    ["text", JSON.stringify({ Statement: [may, mayNot] })],
    ["an object", { Statement: [may, mayNot] }],
  ];
  for (const [form, document] of documents) {
    it(`is read as ${form}`, () => {
      assert.deepEqual(statements(document), [may, mayNot]);
      assert.deepEqual(allowing(document), [may]);
    });
  }

  it("may have a single statement without brackets, which AWS takes, too", () => {
    assert.deepEqual(allowing({ Statement: may }), [may]);
    assert.deepEqual(allowing(JSON.stringify({ Statement: may })), [may]);
  });

  it("may be none", () => {
    assert.deepEqual(statements(undefined), []);
  });
});

describe("a statement", () => {
  const own = "arn:aws:iam::123456789012:root";
  const all: Statement["Principal"][] = [
    "*", { AWS: "*" }, { AWS: [own, "*"] }, { Service: "s3.amazonaws.com", AWS: "*" },
  ];
  for (const Principal of all) {
    it(`means anybody: ${JSON.stringify(Principal)}`, () => {
      assert.equal(anybody({ ...may, Principal }), true);
    });
  }

  const some: Statement["Principal"][] = [
    own, { AWS: own }, { AWS: [own] }, { Service: "s3.amazonaws.com" }, undefined,
  ];
  for (const Principal of some) {
    it(`means somebody: ${JSON.stringify(Principal)}`, () => {
      assert.equal(anybody({ ...may, Principal }), false);
    });
  }

  it("has its conditions under keys that AWS compares without regard to case", () => {
    const Condition = { StringEquals: { "AWS:SourceAccount": "1" }, Bool: { "aws:SecureTransport": "true" } };
    assert.deepEqual(conditionKeys({ ...may, Condition }), ["aws:sourceaccount", "aws:securetransport"]);
  });
});
