import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { environments } from "../environments";
import type { Settings } from "../environments/settings";
import { planFile, planText } from "../offline/plan";
import type { Options, PlannedResource } from "../offline/record";
import { render, type Plan } from "../offline/render";
import { committedStacks, projectFolder } from "../offline/stack-file";
import { components, encrypted, irreplaceable, logWriters, outputs, wideRights } from "./components";
import { autonaming, namesInAws, typesOfUnknownName } from "./names-in-aws";
import { all, containerOf, labels, list, only, planOf, requestsOf, statements } from "./plans";

const secretMark = "4dabf18193072939515e22adb298388d";
const unknownMark = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const parts = ["migration", "service"] as const;

/** Everything in a value, with the path to it. JSON in strings is looked into. */
function* everything(value: unknown, path = ""): Generator<[path: string, value: unknown]> {
  yield [path, value];
  const inner = typeof value === "string" && /^[[{]/.test(value) ? JSON.parse(value) as unknown : value;
  if (typeof inner === "object" && inner !== null) {
    for (const [key, entry] of Object.entries(inner)) {
      yield* everything(entry, `${path}.${key}`);
    }
  }
}

/** The places in a plan that a question finds. */
function places(plan: Plan, found: (value: unknown, path: string) => boolean): string[] {
  const trees: [string, unknown][] = plan.expanded.map(({ type, name, inputs }) => [`${type} ${name}`, inputs]);
  return [...trees, ["outputs", plan.outputs] as const].flatMap(([name, tree]) =>
    [...everything(tree)].filter(([path, value]) => found(value, path)).map(([path]) => `${name}${path}`));
}

const isSecret = (value: unknown) => typeof value === "object" && value !== null && secretMark in value;

/** What a role may do, by the logical name of the role. */
function rightsOf(plan: Plan, role: string) {
  const { name } = only(plan, "aws:iam/role:Role", role).state;
  return all(plan, "aws:iam/rolePolicy:RolePolicy").filter(({ inputs }) => inputs["role"] === name)
    .flatMap(({ inputs }) => statements(inputs["policy"]));
}

const mayDo = (plan: Plan, role: string, action: string) => rightsOf(plan, role)
  .filter(({ Action }) => list(Action).includes(action)).flatMap(({ Resource }) => list(Resource)).toSorted();

/** The settings that a stack has taken. */
const settingsOf = (plan: Plan): Settings => environments[plan.config["accounts:environment"] as keyof typeof environments];

const arns = (resources: PlannedResource[]) => resources.map(({ state }) => state["arn"] as string);

for (const stack of committedStacks()) {
  describe(`the stack ${stack}`, () => {
    let plan: Plan;

    before(async () => {
      plan = await planOf(stack);
    });

    it("is what its committed plan says", async () => {
      const { plan: whole } = await render(stack);
      const [made, committed] = [planText(whole), readFileSync(planFile(stack), "utf8")].map((text) => text.split("\n"));
      const line = made?.findIndex((text, index) => text !== committed?.[index]) ?? 0;
      assert.ok(made?.join("\n") === committed?.join("\n"),
        `plans/${stack}.yaml is not current: run \`npm run plan\`. Line ${line + 1} is "${committed?.[line]}", now "${made?.[line]}"`);
    });

    describe("is whole", () => {
      it("has each component once, under the name of its role", () => {
        const made = plan.resources.filter(({ type }) => type.startsWith("accounts:infra:"));
        const expected = Object.entries(components).map(([component, name]) => `accounts:infra:${component} ${name}`);
        assert.deepEqual(labels(made).toSorted(), expected.toSorted());
      });

      const picture: [part: string, type: string, name?: string][] = [
        ["the load balancer", "awsx:lb:ApplicationLoadBalancer"],
        ["the cluster", "aws:ecs/cluster:Cluster"],
        ["the service's tasks", "awsx:ecs:FargateService"],
        ["the database", "aws:rds/instance:Instance"],
        ["the network", "awsx:ec2:Vpc"],
        ["the key", "aws:kms/key:Key"],
        ["the dashboard", "aws:cloudwatch/dashboard:Dashboard"],
        ["the migration", "aws:ecs/taskDefinition:TaskDefinition", "migration"],
      ];
      for (const [part, type, name] of picture) {
        it(`has ${part}, once`, () => {
          only(plan, type, name);
        });
      }

      it("registers nothing twice, because the engine would refuse it", () => {
        const urns = plan.resources.map(({ urn }) => urn);
        assert.deepEqual(urns.filter((urn, index) => urns.indexOf(urn) !== index), []);
      });

      it("has a component as parent of every resource but the AWS provider", () => {
        const orphans = plan.resources.filter(({ urn }) => !/::(pulumi:pulumi:Stack\$)?accounts:infra:/.test(urn));
        assert.deepEqual(labels(orphans), ["pulumi:providers:aws aws"]);
      });

      it("knows every value: none is undefined, and none is a word for something that was not there", () => {
        assert.deepEqual(places(plan, (value) => value === undefined || value === unknownMark
          || (typeof value === "string" && /undefined|\bNaN\b|\[object |\[Output|Calling \[/.test(value))), []);
      });

      it("says what people and programs ask of it, and no more", () => {
        assert.deepEqual(Object.keys(plan.outputs).toSorted(), outputs.toSorted());
      });

      it("calls each of them what AWS calls it", () => {
        const { apiKeysSecretArn, clusterName, imageUri, logGroupName, oneOffTask, serviceName } = plan.outputs;
        const service = containerOf(plan, "service");
        const cluster = only(plan, "aws:ecs/cluster:Cluster").state;
        assert.deepEqual({ apiKeysSecretArn, clusterName, imageUri, logGroupName, oneOffTask, serviceName }, {
          apiKeysSecretArn: only(plan, "aws:secretsmanager/secret:Secret", "parameters-api-keys").state["arn"],
          clusterName: cluster["name"],
          imageUri: service.image,
          logGroupName: service.logConfiguration.options["awslogs-group"],
          oneOffTask: {
            cluster: cluster["arn"],
            container: "migration",
            logGroup: containerOf(plan, "migration").logConfiguration.options["awslogs-group"],
            securityGroups: ["firewall-migration-id"],
            subnets: only(plan, "awsx:ec2:Vpc").state["privateSubnetIds"],
            taskDefinition: only(plan, "aws:ecs/taskDefinition:TaskDefinition", "migration").state["arn"],
          },
          serviceName: only(plan, "awsx:ecs:FargateService").state["service"].name,
        });
      });
    });

    describe("goes through one provider", () => {
      it("that refuses every account but the stack's own", () => {
        const { region, allowedAccountIds, defaultTags, ...others } = only(plan, "pulumi:providers:aws").inputs;
        assert.deepEqual({ region, allowedAccountIds: JSON.parse(allowedAccountIds) }, {
          region: plan.config["aws:region"],
          allowedAccountIds: [plan.config["accounts:accountId"]],
        });
        assert.deepEqual(JSON.parse(defaultTags), {
          tags: {
            Project: "accounts",
            Stack: stack,
            Environment: plan.config["accounts:environment"],
            ManagedBy: "pulumi",
            Data: settingsOf(plan).keepsData ? "kept" : "disposable",
          },
        });
        // The SDK adds these two by itself.
        assert.deepEqual(others, { skipCredentialsValidation: "false", skipRegionValidation: "true" });
      });

      it("each resource and each function call, because a default provider would take whatever account it finds", async () => {
        const requests = await requestsOf(stack);
        const aws = `urn:pulumi:${stack}::accounts::pulumi:pulumi:Stack$pulumi:providers:aws::aws::aws-id`;
        const others = requests.filter(({ type, kind, provider }) => (kind === "resource" || kind === "call")
          && !type.startsWith("pulumi:providers:") && provider !== aws);
        assert.deepEqual(others.map(({ type, provider }) => `${type} ${provider.split("::").slice(2).join("::")}`), [
          "docker:index/image:Image accounts:infra:Image$pulumi:providers:docker::image-docker::image-docker-id",
        ]);
      });

      it("also what awsx makes, which takes it from the component it is in", async () => {
        const requests = await requestsOf(stack);
        const handing = requests.filter(({ kind, providers }) =>
          kind === "component" && providers["aws"]?.endsWith("::aws::aws-id"));
        const remote = requests.filter(({ kind }) => kind === "remote component");
        assert.equal(remote.length, 3);
        for (const { name, parent, provider, providers } of remote) {
          assert.deepEqual({ provider, providers }, { provider: "", providers: {} }, name);
          assert.ok(handing.some(({ type, name }) => parent.endsWith(`$${type}::${name}`)), `${name} is in ${parent}`);
        }
      });

      it("and there is no other but Docker's, in the one component that builds", () => {
        const providers = plan.resources.filter(({ type }) => type.startsWith("pulumi:providers:"));
        assert.deepEqual(labels(providers), ["pulumi:providers:docker image-docker", "pulumi:providers:aws aws"]);
      });
    });

    describe("is changed, and goes, as the program says", () => {
      const kept = () => settingsOf(plan).keepsData ? ["aws:kms/key:Key encryption"] : [];
      const rare: [option: keyof Options, because: string, holders: () => string[]][] = [
        ["ignoreChanges", "what it names could be changed in the program and would never arrive",
          () => ["aws:ecs/service:Service service", "aws:rds/instance:Instance database-1"]],
        ["retainOnDelete", "what stays is paid for, and holds a name that the next stack asks for", kept],
        ["deleteBeforeReplace", "what it stands for would be missing in between", () => []],
        ["replaceOnChanges", "what could be changed in place would be made anew, without what it holds", () => []],
      ];
      for (const [option, because, holders] of rare) {
        it(`with ${option} only where that is meant: ${because}`, () => {
          const found = plan.expanded.filter(({ options }) => [options[option]].flat().some(Boolean));
          assert.deepEqual(labels(found).toSorted(), holders());
        });
      }
    });

    describe("is closed", () => {
      const isEverybody = (value: unknown) => typeof value === "string" && /^(0\.0\.0\.0|::)\/0$/.test(value);

      it("names the internet only where requests come in and where tasks ask AWS", () => {
        const rules = plan.resources
          .filter(({ inputs }) => [...everything(inputs)].some(([, value]) => isEverybody(value)));
        const lines = rules.map(({ type, inputs }) => [
          type.endsWith("IngressRule") ? "into" : "out of",
          inputs["securityGroupId"].replace(/^firewall-|-id$/g, ""),
          `${inputs["ipProtocol"]} ${inputs["fromPort"]}-${inputs["toPort"]}`,
        ].join(" "));
        const withDomain = plan.config["accounts:domainName"] !== "";
        const withNat = settingsOf(plan).network.natGateways !== "None";
        assert.deepEqual(lines.toSorted(), [
          "into load-balancer tcp 80-80",
          ...withDomain ? ["into load-balancer tcp 443-443"] : [],
          ...withNat ? ["out of migration tcp 443-443", "out of service tcp 443-443"] : [],
        ].toSorted());
      });

      it("has all rules in resources of their own, because rules inside a group would silently fight with them", () => {
        const types = ["aws:ec2/securityGroupRule:SecurityGroupRule", "aws:ec2/securityGroup:SecurityGroup"];
        const inline = types.flatMap((type) => all(plan, type))
          .filter(({ inputs }) => ["ingress", "egress", "type"].some((key) => key in inputs));
        assert.deepEqual(labels(inline), []);
      });

      it("gives no public address to a task or the database", () => {
        assert.equal(only(plan, "awsx:ecs:FargateService").inputs["networkConfiguration"].assignPublicIp, false);
        assert.equal(only(plan, "aws:rds/instance:Instance").inputs["publiclyAccessible"], false);
      });

      it("puts tasks and database behind their own security group each", () => {
        assert.deepEqual({
          loadBalancer: only(plan, "awsx:lb:ApplicationLoadBalancer").inputs["securityGroups"],
          service: only(plan, "awsx:ecs:FargateService").inputs["networkConfiguration"].securityGroups,
          database: only(plan, "aws:rds/instance:Instance").inputs["vpcSecurityGroupIds"],
        }, {
          loadBalancer: ["firewall-load-balancer-id"],
          service: ["firewall-service-id"],
          database: ["firewall-database-id"],
        });
      });
    });

    describe("is encrypted with the environment's key", () => {
      for (const [type, property] of encrypted) {
        it(`${type} by its ${property}, each of them`, () => {
          const key = only(plan, "aws:kms/key:Key").state["arn"];
          assert.notEqual(all(plan, type).length, 0);
          assert.deepEqual(labels(all(plan, type).filter(({ inputs }) => inputs[property] !== key)), []);
        });
      }

      it("and the database says so, too, without which its key counts for nothing", () => {
        assert.equal(only(plan, "aws:rds/instance:Instance").inputs["storageEncrypted"], true);
      });
    });

    describe("keeps its logs for a time", () => {
      it("of its environment, each group", () => {
        const groups = all(plan, "aws:cloudwatch/logGroup:LogGroup");
        const days = settingsOf(plan).logRetentionDays;
        const others = groups.filter(({ inputs }) => inputs["retentionInDays"] !== days);
        assert.deepEqual(others.map(({ name, inputs }) => [name, inputs["retentionInDays"]]), [], `not kept for ${days} days`);
      });

      it("in groups of the plan only, because AWS makes missing ones that keep everything", () => {
        const groups = all(plan, "aws:cloudwatch/logGroup:LogGroup").map(({ inputs }) => inputs["name"]);
        const written = Object.values(logWriters).flatMap((groupsOf) => groupsOf(plan));
        assert.deepEqual(written.toSorted(), groups.toSorted());
      });
    });

    describe("holds no secret in plain", () => {
      it("in any input: what looks like one is marked as a secret", () => {
        const suspicious = /(password|passwd|secretString|token|credential|privateKey|accessKey)[^.]*$/i;
        const isSwitch = (value: unknown) => ["true", "false"].includes(String(value));
        const found = places(plan, (value, path) => suspicious.test(path) && !isSecret(value) && !isSwitch(value));
        assert.deepEqual(found, []);
      });

      it("in the environment of a container: what is secret there is told by its ARN", () => {
        for (const part of parts) {
          const { environment, secrets } = containerOf(plan, part);
          const secretLike = [...environment, ...secrets].map(({ name }) => name)
            .filter((name) => /PASSWORD|SECRET|TOKEN|_KEYS?\b/.test(name) && !name.endsWith("_SECRET_ARN"));
          assert.deepEqual(secretLike, []);
        }
      });

      it("in a version of a secret: the migration fills them", () => {
        const versions = plan.resources.filter(({ type }) => type.startsWith("aws:secretsmanager/secretVersion:"));
        assert.deepEqual(labels(versions), []);
      });

      it("in its outputs, not even marked as one", () => {
        const found = [...everything(plan.outputs)].filter(([, value]) => isSecret(value)
          || (typeof value === "string" && value.includes("a token of twelve hours")));
        assert.deepEqual(found, []);
      });

      it("but marks the one it passes on, Docker's token", () => {
        assert.deepEqual(places(plan, isSecret), ["docker:index/image:Image image.registry.password"]);
      });
    });

    describe("grants no more than it needs", () => {
      it("names what may be used, and everything only where IAM knows no names", () => {
        const wide = all(plan, "aws:iam/rolePolicy:RolePolicy").flatMap(({ inputs }) => statements(inputs["policy"]))
          .map(({ Action, Resource }) => ({ actions: list(Action).join(", "), resources: list(Resource) }))
          .filter(({ resources }) => resources.some((resource) => resource.includes("*")));
        const undeclared = wide.filter(({ actions, resources }) => {
          const allowed = wideRights[actions]?.resources(plan) ?? [];
          return resources.some((resource) => !allowed.includes(resource));
        });
        assert.notEqual(wide.length, 0);
        assert.deepEqual(undeclared, [], "wideRights in test/components.ts has no such right");
      });

      it("names every action, in what it allows its roles", () => {
        const actions = all(plan, "aws:iam/rolePolicy:RolePolicy").flatMap(({ inputs }) => statements(inputs["policy"]))
          .flatMap(({ Action }) => list(Action));
        assert.deepEqual(actions.filter((action) => action.includes("*")), []);
      });

      it("uses no policy of AWS's, because those name everything", () => {
        const attached = plan.resources.filter(({ type, inputs }) => /policyAttachment/i.test(type)
          || [...everything(inputs)].some(([, value]) => typeof value === "string" && value.startsWith("arn:aws:iam::aws:policy/")));
        assert.deepEqual(labels(attached), []);
      });

      it("lets each role belong to one user, in one place", () => {
        const roles = all(plan, "aws:iam/role:Role");
        const users = plan.resources.filter(({ type }) => !["aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"].includes(type));
        const mentions = users.flatMap(({ inputs }) => [...everything(inputs)].map(([, value]) => value));
        const counts = roles.map(({ name, state }) => [name, mentions.filter((value) => value === state["arn"]).length]);
        assert.notEqual(roles.length, 0);
        assert.deepEqual(counts.filter(([, count]) => count !== 1), [], "roles with the number of their users");
      });
    });

    for (const part of parts) {
      describe(`tells the ${part}`, () => {
        const told = () => containerOf(plan, part).environment.filter(({ name }) => name.endsWith("_ARN")).map(({ value }) => value);

        it("only of parameters that are in the plan", () => {
          const known = arns(all(plan, "aws:ssm/parameter:Parameter"));
          const { secrets } = containerOf(plan, part);
          assert.notEqual(secrets.length, 0);
          assert.deepEqual(secrets.filter(({ valueFrom }) => !known.includes(valueFrom)), []);
        });

        it("only of parameters that its execution role may read, and lets that read no others", () => {
          const read = containerOf(plan, part).secrets.map(({ valueFrom }) => valueFrom);
          assert.deepEqual(mayDo(plan, `${part}-execution`, "ssm:GetParameters"), read.toSorted());
        });

        it("only of secrets that are in the plan, or RDS's own", () => {
          const known = arns(all(plan, "aws:secretsmanager/secret:Secret"));
          const { masterUserSecrets } = only(plan, "aws:rds/instance:Instance").state;
          assert.deepEqual(told().filter((arn) => ![...known, masterUserSecrets[0].secretArn].includes(arn)), []);
        });

        it("only of secrets that its task role may read, and lets that read no others", () => {
          assert.deepEqual(mayDo(plan, `${part}-task`, "secretsmanager:GetSecretValue"), told().toSorted());
        });

        it("nothing that its execution role could read as a secret", () => {
          assert.deepEqual(mayDo(plan, `${part}-execution`, "secretsmanager:GetSecretValue"), []);
        });
      });
    }

    it("shows the master's secret to the migration alone", () => {
      const master = only(plan, "aws:rds/instance:Instance").state["masterUserSecrets"][0].secretArn;
      const readers = all(plan, "aws:iam/role:Role").map(({ name }) => name)
        .filter((role) => rightsOf(plan, role).some(({ Resource }) => list(Resource).includes(master)));
      assert.deepEqual(readers, ["migration-task"]);
    });

    describe("survives the loss of a zone", () => {
      const zonesOf = (subnets: string[]) => new Set(subnets.map((subnet) => subnet.at(-1)));
      const placed: [title: string, subnets: () => string[], tier: string][] = [
        ["the load balancer", () => only(plan, "awsx:lb:ApplicationLoadBalancer").inputs["subnetIds"], "public"],
        ["the service", () => only(plan, "awsx:ecs:FargateService").inputs["networkConfiguration"].subnets, "private"],
        ["the database's subnets", () => only(plan, "aws:rds/subnetGroup:SubnetGroup").inputs["subnetIds"], "isolated"],
      ];
      for (const [title, subnets, tier] of placed) {
        it(`with ${title} in every zone of the stack, two or more`, () => {
          const zones = JSON.parse(plan.config["accounts:availabilityZones"] ?? "[]") as string[];
          assert.ok(zones.length >= 2);
          assert.deepEqual(zonesOf(subnets()), new Set(zones.map((zone) => zone.at(-1))));
        });

        it(`with ${title} in ${tier} subnets only`, () => {
          assert.deepEqual(subnets().filter((subnet) => !subnet.startsWith(`subnet-${tier}-`)), []);
        });
      }

      it("with two tasks or more", () => {
        assert.ok(only(plan, "awsx:ecs:FargateService").inputs["desiredCount"] >= 2);
        assert.ok(only(plan, "aws:appautoscaling/target:Target").inputs["minCapacity"] >= 2);
      });
    });

    describe("is named so that", () => {
      it("neither project nor stack is in a logical name, because its URN holds both", () => {
        const words = ["accounts", ...committedStacks()];
        const wrong = plan.resources.filter(({ name }) => words.some((word) => name.includes(word)));
        assert.deepEqual(labels(wrong), []);
      });

      it("we know of every resource whether it has a name in AWS", () => {
        assert.deepEqual(typesOfUnknownName(plan), []);
      });

      it("AWS takes all names also for a stack name of 30 characters, the longest there is", () => {
        const names = namesInAws(plan, "a".repeat(30));
        assert.deepEqual(names.filter(({ name, limit }) => name.length > limit), []);
      });

      it("no two resources of a type get the same name", () => {
        const names = namesInAws(plan).map(({ type, name }) => `${type} ${name}`);
        assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), []);
      });
    });
  });
}

/** Load balancers have no room for the stack's name; their random digits tell them apart. */
const withoutStackName = ["aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup"];

describe("all stacks", () => {
  it("are dev and prod, at least", () => {
    assert.ok(["dev", "prod"].every((stack) => committedStacks().includes(stack)));
  });

  it("need the CLI that the README asks for, because an older one would go up without the migration", () => {
    const { requiredPulumiVersion } = parse(readFileSync(join(projectFolder, "Pulumi.yaml"), "utf8")) as Record<string, unknown>;
    const [, least] = /Pulumi CLI (\d+\.\d+) or newer/.exec(readFileSync(join(projectFolder, "README.md"), "utf8")) ?? [];
    assert.equal(requiredPulumiVersion, `>=${least}.0`);
  });

  it("let Pulumi name things with random digits, for a successor beside them, and by the stack where there is room", () => {
    for (const [type, pattern] of Object.entries(autonaming())) {
      const ending = withoutStackName.includes(type)
        ? /^\$\{name\}-\$\{hex\([4-9]\)\}$/ : /\$\{stack\}-\$\{name\}-\$\{hex\([4-9]\)\}$/;
      assert.match(pattern, ending, `the pattern of ${type}`);
    }
    // All customers of AWS share one name space of buckets.
    assert.match(autonaming()["aws:s3/bucket:Bucket"] ?? "", /^\$\{project\}-/);
  });

  it("share no name in AWS, so that they can live in one account", async () => {
    const names = (plan: Plan) => namesInAws(plan)
      .filter(({ type }) => !withoutStackName.includes(type)).map(({ type, name }) => `${type} ${name}`);
    const owners = new Map<string, string>();
    for (const stack of committedStacks()) {
      const taken = names(await planOf(stack)).filter((name) => owners.has(name));
      assert.deepEqual(taken.map((name) => `${name} of ${owners.get(name)} and ${stack}`), []);
      names(await planOf(stack)).forEach((name) => owners.set(name, stack));
    }
  });

  it("take what their environment says, whatever they are called, so that a review's stack can be a dev", async () => {
    const plan = await planOf("dev", {
      config: {
        "accounts:environment": "prod",
        "accounts:domainName": "accounts.example.com",
        "accounts:alarmEmail": "oncall@example.com",
      },
    });
    const { identifier, instanceClass, multiAz } = only(plan, "aws:rds/instance:Instance").inputs;
    assert.deepEqual({ identifier, instanceClass, multiAz }, {
      identifier: "accounts-dev-1", instanceClass: environments.prod.database.instanceClass, multiAz: true,
    });
  });

  it("are where their configuration says, also where it says otherwise than those that are committed", async () => {
    const elsewhere = {
      "aws:region": "af-south-1",
      "accounts:accountId": "210987654321",
      "accounts:availabilityZones": JSON.stringify(["af-south-1a", "af-south-1b"]),
      "accounts:domainName": "api.elsewhere.example",
      "accounts:hostedZone": "elsewhere.example",
      "accounts:alarmEmail": "people@elsewhere.example",
    };
    for (const stack of committedStacks()) {
      const { config } = await planOf(stack);
      const here = ["aws:region", "accounts:accountId", "accounts:domainName", "accounts:alarmEmail"]
        .flatMap((key) => config[key] || []);
      const plan = await planOf(stack, { config: elsewhere });
      const writtenOut = places(plan, (value) => typeof value === "string" && here.some((word) => value.includes(word)));
      assert.deepEqual(writtenOut, [], `one of ${here.join(", ")} is written out in the program`);
    }
  });

  it("name no other stack in what they are made of, also not in a restore", async () => {
    const restores = ["time:latest", "time:2026-01-31T09:30:00Z"].map((databaseRestore) => ({
      "accounts:databaseGeneration": "2", "accounts:databaseKept": "1", "accounts:databaseRestore": databaseRestore,
    }));
    for (const stack of committedStacks()) {
      const others = committedStacks().filter((other) => other !== stack).join("|");
      for (const config of [{}, ...restores]) {
        const named = places(await planOf(stack, { config }),
          (value) => typeof value === "string" && new RegExp(`accounts[-/](${others})\\b`).test(value));
        assert.deepEqual(named, []);
      }
    }
  });

  for (const stack of committedStacks()) {
    it(`are protected from a hasty command where users' data is, and only there: ${stack}`, async () => {
      const plan = await planOf(stack);
      const expected = plan.resources.filter(({ type }) => settingsOf(plan).keepsData && irreplaceable.includes(type));
      assert.deepEqual(labels(plan.resources.filter(({ options }) => options.protect)), labels(expected));
    });
  }

  it("show whose they are and where their code is, where that is said", async () => {
    const plan = await planOf("dev", {
      config: { "accounts:owner": "accounts team", "accounts:repository": "https://git.example.com/accounts" },
    });
    const { Owner, Repository } = JSON.parse(only(plan, "pulumi:providers:aws").inputs["defaultTags"]).tags;
    assert.deepEqual({ Owner, Repository }, { Owner: "accounts team", Repository: "https://git.example.com/accounts" });
  });
});
