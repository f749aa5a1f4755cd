import * as assert from "node:assert/strict";

import type { Plan } from "../../offline/render";
import { all, containerOf, only, planOf, statements } from "../example/plans";

const logType = "aws:cloudwatch/logGroup:LogGroup";
const policyType = "aws:iam/rolePolicy:RolePolicy";

const parts = ["migration", "service"] as const;
type Part = (typeof parts)[number];

/** The execution role's policy; its name ends in what the container is made of. */
function executionPolicy(plan: Plan, part: Part) {
  const found = all(plan, policyType).filter(({ name }) => name.startsWith(`${part}-execution-`));
  assert.equal(found.length, 1);
  return found[0]!;
}

describe("container", () => {
  const differing = {
    migration: { command: ["migrate.mjs"], portMappings: [], stopTimeout: 60 },
    service: {
      command: ["server.mjs"],
      portMappings: [{ containerPort: 8080, hostPort: 8080, protocol: "tcp" }],
      stopTimeout: 60,
    },
  };

  /** As much as its task has: by a container's own limit Node decides how far its heap may grow. */
  const memory = { dev: { migration: 512, service: 512 }, prod: { migration: 1024, service: 2048 } };

  for (const stack of ["dev", "prod"] as const) {
    for (const part of parts) {
      it(`of the ${part} of ${stack} says every field that AWS would add, or each \`pulumi up\` would deploy it`, async () => {
        const plan = await planOf(stack);
        const definition = containerOf(plan, part);
        assert.deepEqual(definition, {
          name: part,
          image: only(plan, "docker:index/image:Image").state["repoDigest"],
          essential: true,
          memory: memory[stack][part],
          user: "10001:10001",
          workingDirectory: "/app",
          entryPoint: ["node", "--enable-source-maps"],
          ...differing[part],
          environment: definition.environment,
          secrets: definition.secrets,
          readonlyRootFilesystem: true,
          linuxParameters: { initProcessEnabled: true, capabilities: { add: [], drop: ["ALL"] } },
          logConfiguration: {
            logDriver: "awslogs",
            options: {
              "awslogs-group": `/accounts/${stack}/${part}`,
              "awslogs-region": "eu-west-1",
              "awslogs-stream-prefix": part,
            },
          },
          mountPoints: [],
          volumesFrom: [],
          systemControls: [],
        });
      });
    }
  }

  for (const part of parts) {
    it(`of the ${part} has its variables sorted, because AWS returns them so and another order is another revision`, async () => {
      const { environment, secrets } = containerOf(await planOf("dev"), part);
      for (const names of [environment, secrets].map((variables) => variables.map(({ name }) => name))) {
        assert.deepEqual(names, names.toSorted());
      }
    });

    it(`of the ${part} logs to a group with retention and the key`, async () => {
      const plan = await planOf("prod");
      assert.deepEqual(only(plan, logType, `${part}-log`).inputs, {
        name: `/accounts/prod/${part}`,
        retentionInDays: 365,
        kmsKeyId: only(plan, "aws:kms/key:Key").state["arn"],
      });
    });

    it(`of the ${part} is started with the right to its own log group and its own parameters, and to no others`, async () => {
      const plan = await planOf("prod");
      const { role, policy } = executionPolicy(plan, part).inputs;
      const [, , logs, parameters, ...others] = statements(policy);
      assert.equal(role, only(plan, "aws:iam/role:Role", `${part}-execution`).state["name"]);
      assert.deepEqual(logs, {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: `${only(plan, logType, `${part}-log`).state["arn"]}:*`,
      });
      assert.deepEqual({ ...parameters, Resource: [...parameters!.Resource].toSorted() }, {
        Effect: "Allow",
        Action: "ssm:GetParameters",
        Resource: containerOf(plan, part).secrets.map(({ valueFrom }) => valueFrom).toSorted(),
      });
      assert.deepEqual(others, []);
    });
  }

  it("gets new rights beside the old ones when a setting changes, because tasks of the old definition may still start", async () => {
    const before = executionPolicy(await planOf("dev"), "service").name;
    const after = executionPolicy(await planOf("dev", { settings: { service: { logLevel: "error" } } }), "service").name;
    assert.notEqual(after, before);
  });

  it("keeps the rights of a container that does not know the setting that changes", async () => {
    const changes = { settings: { service: { databasePoolConnections: 5 } } };
    const [before, after] = [await planOf("dev"), await planOf("dev", changes)]
      .map((plan) => executionPolicy(plan, "migration").name);
    assert.equal(after, before);
  });
});
