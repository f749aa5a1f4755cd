import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

import { environments } from "../../environments";
import { render, type RenderOptions } from "../../offline/render";
import { committedStacks, projectFolder, readStackFile } from "../../offline/stack-file";
import { load } from "../loaded";
import { all, labels, only, renderExample } from "../plans";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

/** Renders another program in the place of `index.ts`. */
async function renderProgram(program: () => object | void) {
  const forget = load(require.resolve("../../index"), () => program() ?? {});
  try {
    return await renderExample("dev");
  } finally {
    forget();
  }
}

/** The lines of the error with which a program cannot be rendered. */
async function problemsOf(rendering: Promise<unknown>): Promise<string[]> {
  let problems: string[] = [];
  await assert.rejects(rendering, (error: Error) => {
    problems = error.message.split("\n");
    return true;
  });
  return problems;
}

/** What is read of a load balancer below, and no load balancer has. */
type Zoned = pulumi.Output<{ zoneName: string }>;

const vpcArgs: awsx.ec2.VpcArgs = {
  cidrBlock: "10.0.0.0/16",
  availabilityZoneNames: ["eu-west-1a", "eu-west-1b"],
  availabilityZoneCidrMask: 18,
  subnetStrategy: "Auto",
  subnetSpecs: [{ name: "public", type: "Public", cidrMask: 22 }],
  natGateways: { strategy: "None" },
};

const balancerArgs: awsx.lb.ApplicationLoadBalancerArgs = {
  subnetIds: ["subnet-0", "subnet-1"],
  securityGroups: ["sg-0"],
  defaultTargetGroup: { vpcId: "vpc-0", port: 80, protocol: "HTTP" },
  listeners: [{ port: 80, protocol: "HTTP" }],
};

describe("render", () => {
  describe("fails when the program reads what no answer gives, which the SDK would turn into a missing input:", () => {
    const unanswered: [title: string, path: string, read: () => pulumi.Output<unknown>][] = [
      ["an output of a resource", "aws:kms/key:Key.keyId", () => new aws.kms.Key("key").keyId],
      ["an output of an awsx component", "awsx:ec2:Vpc.eips", () => new awsx.ec2.Vpc("network", vpcArgs).eips],
      ["a property of an output", "awsx:lb:ApplicationLoadBalancer.loadBalancer.zoneName",
        () => (new awsx.lb.ApplicationLoadBalancer("web", balancerArgs).loadBalancer as pulumi.Output<object> as Zoned).zoneName],
      ["a property inside an apply", "awsx:lb:ApplicationLoadBalancer.defaultTargetGroup.slowStart",
        () => new awsx.lb.ApplicationLoadBalancer("web", balancerArgs).defaultTargetGroup.apply(({ slowStart }) => slowStart)],
      ["a property in a list", "aws:rds/instance:Instance.masterUserSecrets.0.kmsKeyId",
        () => new aws.rds.Instance("database", { instanceClass: "db.t4g.micro", identifier: "test" })
          .masterUserSecrets.apply(([secret]) => secret?.kmsKeyId)],
      ["an entry that a list does not have", "aws:rds/instance:Instance.masterUserSecrets.1",
        () => new aws.rds.Instance("database", { instanceClass: "db.t4g.micro", identifier: "test" })
          .masterUserSecrets.apply((secrets) => secrets[1]?.secretArn)],
      ["an input that was not given", "aws:ecr/repository:Repository.imageTagMutability",
        () => new aws.ecr.Repository("image").imageTagMutability],
      ["an output of a function", "aws:route53/getZone:getZone.nameServers",
        () => aws.route53.getZoneOutput({ name: "example.com" }).nameServers],
    ];
    for (const [title, path, read] of unanswered) {
      it(title, async () => {
        const problems = await problemsOf(renderProgram(() => {
          new aws.ssm.Parameter("read", { type: "String", insecureValue: read().apply(String) });
        }));
        assert.deepEqual(problems, [
          `the program reads ${path}, for which offline/answers.ts has no answer: add what AWS would say`,
        ]);
      });
    }

    it("also when nothing is done with what was read", async () => {
      assert.equal((await problemsOf(renderProgram(() => void new aws.kms.Key("key").keyId))).length, 1);
    });

    it("also in a second render of one process, where classes are guarded already", async () => {
      const read = () => problemsOf(renderProgram(() => void new aws.kms.Key("key").keyId));
      assert.deepEqual(await read(), await read());
    });

    it("and tells all of them at once, each once", async () => {
      const problems = await problemsOf(renderProgram(() => {
        const [one, two] = [new aws.kms.Key("one"), new aws.kms.Key("two")];
        return { ids: [one.keyId, two.keyId], rotations: [one.rotationPeriodInDays] };
      }));
      assert.deepEqual(problems.map((problem) => problem.split(",")[0]).toSorted(), [
        "the program reads aws:kms/key:Key.keyId",
        "the program reads aws:kms/key:Key.rotationPeriodInDays",
      ]);
    });

    it("but takes an answer that stands there, a URN and an id", async () => {
      const { plan } = await renderProgram(() => {
        const key = new aws.kms.Key("key", { description: "given" });
        return { known: [key.arn, key.description, key.urn, key.id] };
      });
      assert.deepEqual(plan.outputs["known"], [
        "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000",
        "given",
        "urn:pulumi:dev::accounts::pulumi:pulumi:Stack$aws:kms/key:Key::key",
        "key-id",
      ]);
    });
  });

  it("fails by name for a type of resource without an answer", async () => {
    assert.deepEqual(await problemsOf(renderProgram(() => void new aws.sqs.Queue("jobs"))), [
      "offline/answers.ts has no answer for aws:sqs/queue:Queue, which jobs is: add what AWS would say",
    ]);
  });

  it("fails by name for a function without an answer", async () => {
    assert.deepEqual(await problemsOf(renderProgram(() => ({ caller: aws.getCallerIdentityOutput() }))), [
      "offline/answers.ts has no answer for the function aws:index/getCallerIdentity:getCallerIdentity: add what AWS would say",
    ]);
  });

  it("fails by name for a resource that is never registered, because what it waits for has thrown", async () => {
    const problems = await problemsOf(renderProgram(() => {
      const { arn } = new aws.kms.Key("key");
      new aws.ssm.Parameter("lost", {
        type: "String",
        insecureValue: arn.apply((): string => {
          throw new Error("the key is not ours");
        }),
      });
    }));
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /aws:ssm\/parameter:Parameter lost/);
  });

  describe("throws what the program throws, in one line that says how to mend it:", () => {
    const mistakes: [title: string, stack: string, config: Record<string, string>, line: string][] = [
      ["an environment that does not exist", "dev", { "accounts:environment": "nowhere" },
        `accounts:environment is "nowhere", but must be one of ${Object.keys(environments).join(", ")}: set it with ` +
        "`pulumi config set accounts:environment <name>` or add environments/<name>.ts"],
      ["prod without a domain", "prod", { "accounts:domainName": "" },
        "accounts:domainName is empty, but environment prod serves HTTPS only: " +
        "set it with `pulumi config set accounts:domainName <name>`"],
      ["a key that is not known", "dev", { "accounts:domain": "accounts.example.com" },
        "accounts:domain is not a key of this program, which knows environment, accountId, availabilityZones, domainName, " +
        "hostedZone, alarmEmail, image, databaseGeneration, databaseRestore, databaseKept, permissionsBoundary, owner, repository: remove it with `pulumi config rm accounts:domain`"],
    ];
    for (const [title, stack, config, line] of mistakes) {
      it(title, async () => {
        await assert.rejects(render(stack, { config }), (error: Error) => {
          assert.ok(pulumi.RunError.isInstance(error));
          assert.equal(error.message, line);
          return true;
        });
      });
    }
  });

  it("can render again after a failure", async () => {
    await assert.rejects(render("dev", { config: { "accounts:environment": "nowhere" } }));
    await assert.doesNotReject(render("dev"));
  });

  it("gives the same plan twice, and another stack's in between changes nothing", async () => {
    const { plan: first } = await render("dev");
    await render("prod");
    assert.deepEqual((await render("dev")).plan, first);
  });

  it("refuses a stack that is not committed, and says which are", async () => {
    await assert.rejects(render("nowhere"), {
      message: `there is no Pulumi.nowhere.yaml: the committed stacks are ${committedStacks().join(", ")}`,
    });
  });

  it("hands the program the stack's values over the project's defaults, and what is no text as JSON", () => {
    const { config } = parse(readFileSync(join(projectFolder, "Pulumi.prod.yaml"), "utf8")) as { config: Record<string, unknown> };
    const zones = config["accounts:availabilityZones"];
    assert.ok(Array.isArray(zones));
    assert.equal(config["accounts:owner"], undefined);
    const found = readStackFile("prod");
    assert.deepEqual(
      ["aws:region", "accounts:accountId", "accounts:availabilityZones", "accounts:owner"].map((key) => found[key]),
      [config["aws:region"], config["accounts:accountId"], JSON.stringify(zones), ""],
    );
    // A number in the project's file, and a text or a number in the stack's.
    assert.match(found["accounts:databaseGeneration"] ?? "", /^\d+$/);
  });

  it("says in the plan which configuration it was made with", async () => {
    const config = { "accounts:alarmEmail": "me@example.com" };
    assert.deepEqual((await render("dev", { config })).plan.config, { ...readStackFile("dev"), ...config });
  });

  it("lets the database be elsewhere, and everything that depends on it follow", async () => {
    const database: RenderOptions["database"] = { address: "localhost", port: 54321 };
    const { plan } = await render("dev", { database });
    const values = plan.resources.filter(({ name }) => /^parameters-database-(host|port)-/.test(name))
      .map(({ inputs }) => inputs["insecureValue"]);
    assert.deepEqual(values, ["localhost", "54321"]);
  });

  it("puts the stack's own account, region and name into the answers", async () => {
    const { plan } = await render("dev", {
      config: {
        "aws:region": "eu-central-1",
        "accounts:accountId": "210987654321",
        "accounts:availabilityZones": '["eu-central-1a","eu-central-1b"]',
      },
    });
    assert.equal(only(plan, "aws:ecs/cluster:Cluster").state["arn"],
      "arn:aws:ecs:eu-central-1:210987654321:cluster/accounts-dev");
  });

  it("knows ids: those of resources, by which others name them, and none of components", async () => {
    const { plan } = await renderProgram(() => {
      const { vpcId } = new awsx.ec2.Vpc("network", vpcArgs);
      new aws.ec2.SecurityGroup("group", { vpcId });
    });
    assert.deepEqual(["aws:ec2/vpc:Vpc", "aws:ec2/securityGroup:SecurityGroup", "awsx:ec2:Vpc"].map((type) => only(plan, type).id),
      ["vpc-0", "group-id", ""]);
    assert.equal(only(plan, "aws:ec2/securityGroup:SecurityGroup").inputs["vpcId"], "vpc-0");
    assert.deepEqual(all(plan, "aws:ec2/subnet:Subnet").map(({ id, inputs }) => [id, inputs["vpcId"]]),
      [["subnet-public-a", "vpc-0"], ["subnet-public-b", "vpc-0"]]);
  });

  it("records what the program asked for and what it was answered", async () => {
    const { plan } = await renderProgram(() => void new aws.kms.Key("key", { description: "given" }));
    const { inputs, state } = only(plan, "aws:kms/key:Key");
    assert.deepEqual({ inputs, state }, {
      inputs: { description: "given" },
      state: { description: "given", arn: "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000" },
    });
  });

  it("records the options that change what happens to a resource", async () => {
    const { plan } = await renderProgram(() => {
      const [key, other] = [new aws.kms.Key("key"), new pulumi.ComponentResource("accounts:infra:Other", "other")];
      const hook = new pulumi.ResourceHook("check", () => {});
      new aws.kms.Alias("alias", { targetKeyId: key.id }, {
        dependsOn: [other, key],
        protect: true,
        retainOnDelete: true,
        deleteBeforeReplace: true,
        ignoreChanges: ["name"],
        replaceOnChanges: ["targetKeyId"],
        customTimeouts: { create: "5m", delete: "1h" },
        aliases: [{ name: "former" }, { parent: other }, "urn:pulumi:dev::accounts::aws:kms/alias:Alias::oldest"],
        hooks: { beforeCreate: [hook], afterDelete: [hook] },
      });
    });
    assert.deepEqual(only(plan, "aws:kms/alias:Alias").options, {
      protect: true,
      retainOnDelete: true,
      deleteBeforeReplace: true,
      // The SDK puts in the place of a component what is in it, here nothing.
      dependencies: [only(plan, "aws:kms/key:Key").urn],
      dependsOn: ["accounts:infra:Other other", "aws:kms/key:Key key"],
      ignoreChanges: ["name"],
      replaceOnChanges: ["targetKeyId"],
      customTimeouts: { create: "5m", delete: "1h" },
      aliases: [
        "urn:pulumi:dev::accounts::aws:kms/alias:Alias::former",
        "urn:pulumi:dev::accounts::accounts:infra:Other$aws:kms/alias:Alias::alias",
        "urn:pulumi:dev::accounts::aws:kms/alias:Alias::oldest",
      ],
      hooks: ["beforeCreate: check", "afterDelete: check"],
      transforms: 0,
      provider: "default",
    });
  });

  it("records that nothing was said", async () => {
    const { plan } = await renderProgram(() => {
      const provider = new aws.Provider("aws");
      new aws.kms.Key("key", {}, { provider });
    });
    const nothing = {
      protect: false, retainOnDelete: false, deleteBeforeReplace: false, dependencies: [], dependsOn: [],
      ignoreChanges: [], replaceOnChanges: [], customTimeouts: {}, aliases: [], hooks: [], transforms: 0,
    };
    assert.deepEqual(only(plan, "aws:kms/key:Key").options, { ...nothing, provider: "aws" });
    assert.deepEqual(only(plan, "pulumi:providers:aws").options, { ...nothing, provider: "" });
  });

  it("adds what awsx makes of its components, with what transforms do to it", async () => {
    const { plan } = await renderProgram(() => {
      new awsx.lb.ApplicationLoadBalancer("web", balancerArgs, {
        transforms: [({ type, props, opts }) => type === "aws:lb/targetGroup:TargetGroup"
          ? { props: { ...props, slowStart: 30 }, opts: pulumi.mergeOptions(opts, { ignoreChanges: ["port"] }) }
          : undefined],
      });
    });
    assert.deepEqual(labels(plan.resources), ["awsx:lb:ApplicationLoadBalancer web"]);
    assert.deepEqual(labels(plan.expanded), [
      "aws:lb/listener:Listener web-0",
      "aws:lb/loadBalancer:LoadBalancer web",
      "aws:lb/targetGroup:TargetGroup web",
      "awsx:lb:ApplicationLoadBalancer web",
    ]);
    const { urn, inputs, options } = only(plan, "aws:lb/targetGroup:TargetGroup");
    assert.equal(urn, "urn:pulumi:dev::accounts::pulumi:pulumi:Stack$awsx:lb:ApplicationLoadBalancer$aws:lb/targetGroup:TargetGroup::web");
    assert.deepEqual([inputs["slowStart"], options.ignoreChanges], [30, ["port"]]);
    assert.equal(only(plan, "awsx:lb:ApplicationLoadBalancer").options.transforms, 1);
  });

  it("fails by name for transforms whose effect no plan would show", async () => {
    assert.deepEqual(await problemsOf(renderProgram(() => void new aws.kms.Key("key", {}, { transforms: [() => undefined] }))), [
      "aws:kms/key:Key key has transforms, but a plan shows what they do to components of awsx only: give it its inputs",
    ]);
  });

  it("fails by name for a dependency that it could not name in a plan", async () => {
    assert.deepEqual(await problemsOf(renderProgram(() => {
      const key = new aws.kms.Key("key");
      new aws.kms.Alias("alias", { targetKeyId: "given" }, { dependsOn: pulumi.output([key]) });
    })), ["aws:kms/alias:Alias alias depends on something that is no resource yet: name the resources in dependsOn themselves"]);
  });

  it("sorts resources by URN, so that two plans can be compared", async () => {
    const { plan } = await renderProgram(() => {
      ["b", "c", "a"].forEach((name) => new aws.kms.Key(name));
    });
    assert.deepEqual(labels(plan.resources), ["a", "b", "c"].map((name) => `aws:kms/key:Key ${name}`));
  });

  it("hands out the hooks that the engine would call", async () => {
    let ran = false;
    const { hooks } = await renderProgram(() => {
      const hook = new pulumi.ResourceHook("check", () => {
        ran = true;
      });
      new aws.kms.Key("key", {}, { hooks: { beforeCreate: [hook] } });
    });
    assert.equal(ran, false, "no hook runs while the program is rendered");
    await hooks.get("check")?.({ urn: "", id: "", name: "", type: "" });
    assert.equal(ran, true);
  });

  it("knows the digest of an image only as a place for one, because it changes with each build", async () => {
    const { plan } = await render("dev", { config: { "accounts:image": `ghcr.io/example/accounts@${digest}` } });
    assert.equal(plan.outputs["imageUri"], `ghcr.io/example/accounts@${digest}`);
    assert.match(String((await renderExample("dev")).plan.outputs["imageUri"]), /@sha256:0{64}$/);
  });
});
