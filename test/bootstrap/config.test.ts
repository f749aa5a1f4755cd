import * as assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { readBootstrapConfig } from "../../bootstrap/config";
import type { Config } from "../../offline/stack-file";

const complete: Config = { "aws:region": "eu-west-1", "accounts-bootstrap:accountId": "123456789012" };
const read = (config: Config) => {
  pulumi.runtime.setAllConfig(config);
  return readBootstrapConfig();
};
const refused = (config: Config, message: RegExp) => assert.throws(() => read({ ...complete, ...config }),
  (error) => pulumi.RunError.isInstance(error) && message.test(error.message));

describe("readBootstrapConfig", () => {
  const ofIssuer = (issuer: string, accountId = "123456789012") => `arn:aws:iam::${accountId}:oidc-provider/${issuer}`;

  before(async () => {
    const none = () => {
      throw new Error("configuration asks nobody");
    };
    await pulumi.runtime.setMocks({ newResource: none, call: none }, "accounts-bootstrap", "main");
  });

  it("reads where the account is, and takes providers that are not named for those to make", () => {
    assert.deepEqual(read(complete),
      { region: "eu-west-1", accountId: "123456789012", gitHubProvider: "", pulumiProvider: "" });
  });

  it("reads each issuer's provider by its own key", () => {
    const [gitHubProvider, pulumiProvider] = [ofIssuer("token.actions.githubusercontent.com"), ofIssuer("api.pulumi.com/oidc")];
    const { gitHubProvider: gitHub, pulumiProvider: cloud } = read({
      ...complete, "accounts-bootstrap:gitHubProvider": gitHubProvider, "accounts-bootstrap:pulumiProvider": pulumiProvider,
    });
    assert.deepEqual([gitHub, cloud], [gitHubProvider, pulumiProvider]);
  });

  for (const accountId of ["12345678901", "1234567890123", "main"]) {
    it(`refuses ${accountId}, which is no account`, () => {
      refused({ "accounts-bootstrap:accountId": accountId }, new RegExp(`accountId is "${accountId}", but must be the 12 digits`));
    });
  }

  for (const key of ["gitHubProvider", "pulumiProvider"]) {
    for (const arn of [ofIssuer("issuer", "999999999999"), "arn:aws:iam::123456789012:role/issuer", "issuer"]) {
      it(`refuses ${arn} as ${key}, because the roles would trust whom that account trusts, or nobody`, () => {
        refused({ [`accounts-bootstrap:${key}`]: arn }, new RegExp(`${key} is "${arn}", but must be empty, or an ARN that begins`));
      });
    }
  }
});
