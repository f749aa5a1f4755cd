import * as assert from "node:assert/strict";
import { createServer } from "node:http";

import { close, listen } from "../../offline/stand-ins/local-server";
import { startAwsHere, type AwsHere } from "../aws-here";
import { Clock } from "../clock";
import { childrenOf, containerOf, labels, only, planOf, renderExample, type Changes } from "../example/plans";
import { prod } from "../example/settings";

const parameterType = "aws:ssm/parameter:Parameter";
const definitionType = "aws:ecs/taskDefinition:TaskDefinition";
const policyType = "aws:iam/rolePolicy:RolePolicy";
const secretType = "aws:secretsmanager/secret:Secret";

describe("Migration", () => {
  it("is a Fargate task with roles of its own", async () => {
    const plan = await planOf("dev");
    const { containerDefinitions, ...inputs } = only(plan, definitionType, "migration").inputs;
    assert.equal(typeof containerDefinitions, "string");
    assert.deepEqual(inputs, {
      family: "accounts-dev-migration",
      cpu: "256",
      memory: "512",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
      executionRoleArn: only(plan, "aws:iam/role:Role", "migration-execution").state["arn"],
      taskRoleArn: only(plan, "aws:iam/role:Role", "migration-task").state["arn"],
    });
  });

  it("is bigger in prod, by the settings", async () => {
    const { cpu, memory } = only(await planOf("prod"), definitionType, "migration").inputs;
    assert.deepEqual({ cpu, memory }, { cpu: "512", memory: "1024" });
  });

  it("runs the image of the service, because a schema belongs to the code that reads it", async () => {
    const plan = await planOf("prod");
    assert.equal(containerOf(plan, "migration").image, containerOf(plan, "service").image);
  });

  it("may read the master's secret, read and fill the two of our own, and use the key through Secrets Manager", async () => {
    const plan = await planOf("prod");
    const { role, policy } = only(plan, policyType, "migration-task").inputs;
    assert.equal(role, only(plan, "aws:iam/role:Role", "migration-task").state["name"]);
    assert.deepEqual(JSON.parse(policy), {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
          Resource: only(plan, "aws:rds/instance:Instance").state["masterUserSecrets"][0].secretArn,
        },
        {
          Effect: "Allow",
          Action: [
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage",
          ],
          Resource: ["parameters-database", "parameters-api-keys"].map((name) => only(plan, secretType, name).state["arn"]),
        },
        {
          Effect: "Allow",
          Action: ["kms:Decrypt", "kms:GenerateDataKey"],
          Resource: only(plan, "aws:kms/key:Key").state["arn"],
          Condition: { StringEquals: { "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com" } },
        },
      ],
    });
  });

  describe("is recorded in a parameter", () => {
    const record = async (changes: Changes = {}) => {
      const { inputs } = only(await planOf("dev", changes), parameterType, "migration");
      return JSON.parse(inputs["insecureValue"]) as object;
    };

    it("that names the image, the database and the secrets, because each of them needs a run", async () => {
      const plan = await planOf("dev");
      const { insecureValue, ...inputs } = only(plan, parameterType, "migration").inputs;
      assert.deepEqual(inputs, {
        name: "/accounts/dev/migration",
        description: "What the schema was last brought up to date for",
        type: "String",
      });
      assert.deepEqual(JSON.parse(insecureValue), {
        image: only(plan, "docker:index/image:Image").state["repoDigest"],
        database: only(plan, "aws:rds/instance:Instance").state["resourceId"],
        secrets: ["parameters-database", "parameters-api-keys"].map((name) => only(plan, secretType, name).state["arn"]),
      });
    });

    it("that changes with the image, so that every new image migrates", async () => {
      const image = `ghcr.io/example/accounts@sha256:${"1".repeat(64)}`;
      assert.deepEqual(await record({ config: { "accounts:image": image } }), { ...await record(), image });
    });

    it("that stays when only a setting changes, because the schema does, too", async () => {
      assert.deepEqual(await record({ settings: { service: { logLevel: "error" } } }), await record());
    });

    it("whose creation and update are held up by the run, and nothing else's are", async () => {
      const plan = await planOf("prod");
      const hooked = plan.resources.filter(({ options }) => options.hooks.length > 0);
      assert.deepEqual(labels(hooked), [`${parameterType} migration`]);
      assert.deepEqual(hooked[0]?.options.hooks, ["beforeCreate: migration", "beforeUpdate: migration"]);
    });
  });

  describe("waits for", () => {
    const missing = async (component: string, types = /./) => {
      const plan = await planOf("prod");
      const { dependencies } = only(plan, parameterType, "migration").options;
      const needed = childrenOf(plan, component).filter(({ type }) => types.test(type));
      assert.notEqual(needed.length, 0);
      return labels(needed.filter(({ urn }) => !dependencies.includes(urn)));
    };

    for (const [component, reason] of [
      ["Network", "its task needs a subnet with a way out"],
      ["Firewall", "without each of its rules the task hangs"],
      ["Endpoints", "by these it reaches AWS's APIs, and by nothing else where there is no NAT gateway"],
      ["Database", "that is what it migrates"],
      ["Parameters", "ECS reads them when the task starts"],
    ] as const) {
      it(`all of the ${component}, because ${reason}`, async () => {
        assert.deepEqual(await missing(component), []);
      });
    }

    it("the image, because ECS pulls it", async () => {
      assert.deepEqual(await missing("Image", /^docker:/), []);
    });

    it("its task definition, its rights and its log group", async () => {
      assert.deepEqual(await missing("Migration", /taskDefinition|rolePolicy|logGroup/), []);
    });

    it("the cluster, because a task of a cluster that could not be made would be waited for without end", async () => {
      assert.deepEqual(await missing("Cluster"), []);
    });
  });

  describe("runs", () => {
    let aws: AwsHere;

    /** Calls what the engine calls before it creates the parameter, and returns what it reports. */
    async function runHook(stack: string, script: string): Promise<string[]> {
      const { plan, hooks } = await renderExample(stack);
      const definition = only(plan, definitionType, "migration");
      const logGroup = containerOf(plan, "migration").logConfiguration.options["awslogs-group"] ?? "";
      aws = await startAwsHere({
        accountId: "123456789012",
        cluster: only(plan, "aws:ecs/cluster:Cluster").state["name"],
        logGroups: [logGroup],
        taskDefinitions: [{
          taskDefinitionArn: definition.state["arn"],
          family: definition.inputs["family"],
          revision: 1,
          containerDefinitions: [{
            name: "migration",
            entryPoint: [process.execPath, "-e"],
            command: [script],
            logConfiguration: {
              logDriver: "awslogs", options: { "awslogs-group": logGroup, "awslogs-stream-prefix": "migration" },
            },
          }],
        }],
      });
      const { urn, name, type } = only(plan, parameterType, "migration");
      return reports(async () => hooks.get("migration")?.({ urn, id: "", name, type }));
    }

    /** Without an engine, the SDK prints what is reported. */
    async function reports(work: () => Promise<void>): Promise<string[]> {
      const lines: string[] = [];
      const { log } = console;
      console.log = (line: string) => void lines.push(line);
      try {
        await work();
        return lines;
      } finally {
        console.log = log;
      }
    }

    afterEach(() => aws.stop());

    it("in the private subnets behind its own firewall, marked and tagged like everything of the stack", async () => {
      await runHook("prod", "console.log('schema is current')");
      const inputs = aws.ecs.calls.filter(({ operation }) => operation.endsWith(".RunTask")).map(({ input }) => input);
      assert.equal(inputs.length, 1);
      const { cluster, taskDefinition, startedBy, networkConfiguration, tags } = inputs[0] ?? {};
      const plan = await planOf("prod");
      assert.deepEqual({ cluster, taskDefinition, startedBy, networkConfiguration, tags }, {
        cluster: only(plan, "aws:ecs/cluster:Cluster").state["arn"],
        taskDefinition: only(plan, definitionType, "migration").state["arn"],
        startedBy: "accounts-prod-migration",
        networkConfiguration: {
          awsvpcConfiguration: {
            subnets: only(plan, "awsx:ec2:Vpc").state["privateSubnetIds"],
            securityGroups: ["firewall-migration-id"],
            assignPublicIp: "DISABLED",
          },
        },
        tags: Object.entries(JSON.parse(only(plan, "pulumi:providers:aws").inputs["defaultTags"]).tags)
          .map(([key, value]) => ({ key, value })),
      });
    });

    it("in the region of the stack, for which its calls are signed", async () => {
      const config = { "aws:region": "af-south-1", "accounts:availabilityZones": JSON.stringify(["af-south-1a", "af-south-1b"]) };
      const { plan, hooks } = await renderExample("dev", { config });
      const { urn, name, type } = only(plan, parameterType, "migration");
      aws = await startAwsHere({ accountId: "123456789012", cluster: "app", logGroups: [], taskDefinitions: [] });
      const regions: (string | undefined)[] = [];
      const sts = createServer((request, response) => {
        regions.push(/Credential=\w+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? "")?.[1]);
        response.writeHead(403).end();
      });
      // `aws.stop` puts back what was there before.
      process.env.AWS_ENDPOINT_URL_STS = `http://127.0.0.1:${await listen(sts)}`;
      try {
        await assert.rejects(async () => hooks.get("migration")?.({ urn, id: "", name, type }));
        assert.deepEqual([...new Set(regions)], ["af-south-1"]);
      } finally {
        await close(sts);
      }
    });

    it("and reports each step under its name, because a `pulumi up` shows many things at once", async () => {
      const lines = await runHook("dev", "");
      assert.ok(lines[0]?.endsWith("migration: starts a task"), lines[0]);
    });

    it("for as many minutes as the settings allow, and no longer", async () => {
      const clock = new Clock();
      clock.start();
      try {
        const seconds = prod.migration.timeoutMinutes * 60;
        await assert.rejects(runHook("prod", "setInterval(() => {}, 1000)"),
          new RegExp(`was stopped after its time limit of ${seconds} s\\b`));
      } finally {
        clock.stop();
      }
    });

    it("to its end, and its failure with its log lines is that of `pulumi up`", async () => {
      await assert.rejects(runHook("dev", "console.log('column is there'); process.exitCode = 1"),
        /ended with exit code 1 .*\nlast lines of \/accounts\/dev\/migration, stream .*\n {2}column is there$/);
    });
  });
});
