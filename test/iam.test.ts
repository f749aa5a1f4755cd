import * as assert from "node:assert/strict";

import type { Plan } from "../offline/render";
import { committedStacks } from "../offline/stack-file";
import { arnLike } from "./iam/arn-like";
import { resourceDocument, roleDocuments, type WrittenStatement } from "./iam/documents";
import { factsOf, policiesOf, policyOn, resourcePolicies, roles, type Facts } from "./iam/facts";
import { rows, type Row } from "./iam/rows";
import { isAllowed, type Documents } from "./iam/simulate";
import { all, labels, list, only, planOf, statements, type Statement } from "./plans";

describe("rights", () => {
  it("are written down for roles that there are", async () => {
    const names: string[] = [];
    for (const stack of committedStacks()) {
      names.push(...roles(await planOf(stack)).map(({ name }) => name));
    }
    assert.deepEqual(Object.keys(roleDocuments).filter((name) => !names.includes(name)), []);
  });
});

const digest = `sha256:${"0".repeat(64)}`;

/** On what the rights depend: where the image comes from, and which database serves. */
const variants = {
  "as it is committed": {},
  "after a restore": {
    "accounts:databaseGeneration": "2", "accounts:databaseKept": "1", "accounts:databaseRestore": "time:latest",
  },
  "with an image from a repository of the account": {
    "accounts:image": `123456789012.dkr.ecr.eu-west-1.amazonaws.com/accounts@${digest}`,
  },
  "with a public image": { "accounts:image": `registry.example.com/accounts@${digest}` },
};

for (const [stack, [variant, config]] of committedStacks().flatMap((name) =>
  Object.entries(variants).map((entry) => [name, entry] as const))) {
  describe(`rights in the ${stack} stack ${variant}`, () => {
    let plan: Plan;
    let facts: Facts;
    let table: Row[];

    before(async () => {
      plan = await planOf(stack, { config });
      facts = factsOf(plan);
      table = rows(facts);
    });

    it("are those written down for each role, and no others", () => {
      for (const role of roles(plan)) {
        const documents = roleDocuments[role.name];
        assert.ok(documents, `the role ${role.name} is new: say in test/iam/documents.ts who takes it and what it may do`);
        const { trust, rights } = documents(facts);
        assert.deepEqual(sorted(statements(role.inputs["assumeRolePolicy"])), sorted(trust), role.name);
        assert.deepEqual(sorted(policiesOf(plan, role).flatMap(statements)), sorted(rights), role.name);
      }
    });

    it("to use a resource are those written down for it, and no others", () => {
      for (const [holder, document] of resourcePolicies(plan)) {
        const written = resourceDocument(holder, facts);
        assert.ok(written, `the policy of ${holder} is new: write down in test/iam/documents.ts what it says`);
        assert.deepEqual(sorted(statements(document)), sorted(written), holder);
      }
    });

    it("come from policies of this program only", () => {
      const others = ["rolePolicyAttachment:RolePolicyAttachment", "policyAttachment:PolicyAttachment", "policy:Policy"]
        .flatMap((type) => all(plan, `aws:iam/${type}`));

      assert.deepEqual(labels(others), []);
    });

    it("decide as they should, as IAM does", async () => {
      const wrong: string[] = [];
      for (const row of table) {
        if (await isAllowed(requestOf(row, plan, facts), documentsFor(row, plan)) !== row.allowed) {
          wrong.push(`${row.who} ${row.allowed ? "may not" : "may"} ${row.action} ${row.resource} ${JSON.stringify(row.context ?? {})}`);
        }
      }
      assert.deepEqual(wrong, []);
    });

    it("are all needed: without any of the actions, somebody could not do what they have to", async () => {
      const needless: string[] = [];
      for (const role of roles(plan)) {
        for (const document of policiesOf(plan, role)) {
          for (const [action, without] of withoutEachAction(document)) {
            const mine = table.filter((row) => row.allowed && row.who === role.name && row.action === action);
            const turned = await Promise.all(mine.map(async (row) =>
              !await isAllowed(requestOf(row, plan, facts), { ...documentsFor(row, plan), identity: [without] })));
            if (!turned.includes(true)) {
              needless.push(`${role.name}: ${action}`);
            }
          }
        }
      }
      assert.deepEqual(needless, []);
    });

    it("let CloudWatch Logs use the key for every log group of the stack, and for no other", () => {
      const grants = statements(only(plan, "aws:kms/key:Key").inputs["policy"] as string)
        .filter(({ Principal }) => Principal?.["Service"] === `logs.${facts.region}.amazonaws.com`);
      assert.equal(grants.length, 1);
      const { ArnLike, ...otherOperators } = grants[0]?.Condition ?? {};
      assert.deepEqual(otherOperators, {}, "other conditions would have to be met, too");
      const patterns = list(ArnLike?.["kms:EncryptionContext:aws:logs:arn"] ?? []);
      const mayEncrypt = (arn: string) => patterns.some((pattern) => arnLike(pattern, arn));

      const groups = all(plan, "aws:cloudwatch/logGroup:LogGroup").filter(({ inputs }) => inputs["kmsKeyId"] === facts.key);
      assert.ok(groups.length > 0);
      assert.deepEqual(groups.map(({ state }) => state["arn"] as string).filter((arn) => !mayEncrypt(arn)), []);
      assert.equal(mayEncrypt(`arn:aws:logs:${facts.region}:999999999999:log-group:/accounts/${stack}/service`), false);
    });
  });
}

function requestOf(row: Row, plan: Plan, { accountId }: Facts) {
  const principal = roles(plan).find(({ name }) => name === row.who)?.state["arn"] as string | undefined ?? row.who;
  return { principal, action: row.action, resource: row.resource, accountId, context: row.context ?? {} };
}

function documentsFor(row: Row, plan: Plan): Documents {
  const role = roles(plan).find(({ name }) => name === row.who);
  return {
    identity: role === undefined ? [] : policiesOf(plan, role),
    resource: policyOn(plan, row.resource),
  };
}

/** The document once for each action it grants, without that action. */
function* withoutEachAction(document: string): Generator<[action: string, without: string]> {
  const all = statements(document);
  for (const [index, statement] of all.entries()) {
    for (const action of list(statement.Action)) {
      const rest = { ...statement, Action: list(statement.Action).filter((other) => other !== action) };
      const kept = all.with(index, rest).filter(({ Action }) => Action.length > 0);
      yield [action, JSON.stringify({ Version: "2012-10-17", Statement: kept })];
    }
  }
}

/** IAM knows no order, and a single entry may stand without its brackets. */
function sorted(document: readonly (Statement | WrittenStatement)[]): object[] {
  return document.map((statement) => ({
    ...statement,
    Action: list(statement.Action).toSorted(),
    ...statement.Resource !== undefined && { Resource: list(statement.Resource).toSorted() },
  })).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
