import assert from "node:assert/strict";

import { STS } from "@aws-sdk/client-sts";

import { startSts, type Sts } from "../../../offline/stand-ins/sts";
import { clientOf } from "./clients";

describe("startSts", () => {
  let service: Sts;
  let sts: STS;

  beforeEach(async () => {
    service = await startSts({ accountId: "123456789012", arn: "arn:aws:iam::123456789012:user/<you & me>" });
    sts = new STS(clientOf(service.url));
  });

  afterEach(async () => {
    sts.destroy();
    await service.stop();
    await service.stop();
  });

  it("says who the caller is", async () => {
    const { Account, Arn, UserId } = await sts.getCallerIdentity();
    assert.deepEqual({ Account, Arn, UserId }, {
      Account: "123456789012", Arn: "arn:aws:iam::123456789012:user/<you & me>", UserId: "AKIATEST",
    });
  });

  it("raises an error for what it does not know", async () => {
    await assert.rejects(sts.getSessionToken(), { name: "InvalidAction", message: "the stand-in has no action GetSessionToken" });
  });

  it("refuses a request that nobody has signed", async () => {
    const response = await fetch(service.url, { method: "POST", body: "Action=GetCallerIdentity" });
    assert.equal(response.status, 403);
    assert.match(await response.text(), /<Code>MissingAuthenticationTokenException<\/Code>/);
  });
});
