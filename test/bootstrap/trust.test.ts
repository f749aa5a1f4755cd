import * as assert from "node:assert/strict";

import type { DeliverySettings } from "../../delivery/settings";
import type { Plan } from "../../offline/render";
import { all, only, statements } from "../plans";
import { prepared, trustOf } from "./prepared";

const gitHub = "token.actions.githubusercontent.com";
const main = "refs/heads/main";
const repository = { [`${gitHub}:repository_id`]: "456789", [`${gitHub}:repository_owner_id`]: "123456" };
const provider = "arn:aws:iam::123456789012:oidc-provider";

/** What lets a job of GitHub in, in this context of its token's subject. */
function gitHubTrust(context: string, claims: Record<string, string | string[]>) {
  return [{
    Effect: "Allow",
    Principal: { Federated: `${provider}/${gitHub}` },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: {
        [`${gitHub}:aud`]: "sts.amazonaws.com",
        [`${gitHub}:sub`]: [`repo:octo-org/accounts:${context}`, `repo:octo-org@123456/accounts@456789:${context}`],
        ...repository,
        ...claims,
      },
    },
  }];
}

const workflow = (name: string) => `octo-org/accounts/.github/workflows/${name}.yml@${main}`;

describe("trust in GitHub", () => {
  let plan: Plan;

  before(async () => {
    plan = await prepared();
  });

  it("is by its own OIDC provider, which no update takes away", () => {
    const { inputs, options } = only(plan, "aws:iam/openIdConnectProvider:OpenIdConnectProvider");
    assert.deepEqual(inputs, { url: `https://${gitHub}`, clientIdLists: ["sts.amazonaws.com"] });
    assert.equal(options.protect, true);
  });

  it("is in that which the account has already, where it has one", async () => {
    const existing = `${provider}/${gitHub}`;
    const other = await prepared({}, { "accounts-bootstrap:gitHubProvider": existing });
    assert.deepEqual(all(other, "aws:iam/openIdConnectProvider:OpenIdConnectProvider"), []);
    assert.deepEqual(trustOf(other, "build"), trustOf(plan, "build"));
  });

  for (const stack of ["dev", "prod"]) {
    it(`deploys ${stack} from the main branch only, by the two workflows that do it, in the environment of its name`, () => {
      assert.deepEqual(trustOf(plan, `deploy-${stack}`), gitHubTrust(`environment:${stack}`, {
        [`${gitHub}:environment`]: stack,
        [`${gitHub}:ref`]: main,
        [`${gitHub}:job_workflow_ref`]: [workflow("deploy"), workflow("up")],
      }));
    });

    it(`previews ${stack} from any branch of the repository, in an environment of its own`, () => {
      assert.deepEqual(trustOf(plan, `preview-${stack}`),
        gitHubTrust(`environment:preview-${stack}`, { [`${gitHub}:environment`]: `preview-${stack}` }));
    });
  }

  it("builds from the main branch only, by the workflow that deploys", () => {
    assert.deepEqual(trustOf(plan, "build"), gitHubTrust(`ref:${main}`, {
      [`${gitHub}:ref`]: main,
      [`${gitHub}:job_workflow_ref`]: [workflow("deploy")],
    }));
  });
});

describe("trust in Pulumi Deployments", () => {
  const settings: Partial<DeliverySettings> = {
    backend: { kind: "pulumi-cloud", organization: "acme" },
    stacks: { dev: { deployedBy: "pulumi-deployments" }, prod: { deployedBy: "github" } },
  };
  const pulumi = "api.pulumi.com/oidc";
  let plan: Plan;

  before(async () => {
    plan = await prepared(settings);
  });

  it("is by its own OIDC provider", () => {
    const { inputs } = only(plan, "aws:iam/openIdConnectProvider:OpenIdConnectProvider", "identity-pulumi");
    assert.deepEqual(inputs, { url: `https://${pulumi}`, clientIdLists: ["acme"] });
  });

  for (const [role, operations] of [["preview", ["preview", "refresh", "detect-drift"]], ["deploy", ["update"]]] as const) {
    it(`lets it ${role} the stack that it deploys, by exact operations, and GitHub not as well`, () => {
      assert.deepEqual(trustOf(plan, `${role}-dev`), [{
        Effect: "Allow",
        Principal: { Federated: `${provider}/${pulumi}` },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            [`${pulumi}:aud`]: "acme",
            [`${pulumi}:sub`]: operations.map((operation) =>
              `pulumi:deploy:org:acme:project:accounts:stack:dev:operation:${operation}:scope:write`),
          },
        },
      }]);
    });
  }

  it("leaves the other stacks to GitHub", async () => {
    assert.deepEqual(trustOf(plan, "deploy-prod"), trustOf(await prepared(), "deploy-prod"));
  });
});

describe("trust", () => {
  it("is by exact values only, and always in one repository or one stack", async () => {
    for (const { name, inputs } of all(await prepared(), "aws:iam/role:Role")) {
      for (const { Condition } of statements(inputs["assumeRolePolicy"])) {
        assert.deepEqual(Object.keys(Condition ?? {}), ["StringEquals"], name);
        assert.ok(!JSON.stringify(Condition).includes("*"), name);
        for (const claim of ["aud", "sub", "repository_id", "repository_owner_id"]) {
          assert.ok(Condition?.["StringEquals"]?.[`${gitHub}:${claim}`], `${name}: ${claim}`);
        }
      }
    }
  });
});
