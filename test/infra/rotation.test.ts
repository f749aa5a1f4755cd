import * as assert from "node:assert/strict";

import { childrenOf, containerOf, labels, only, planOf } from "../example/plans";

const scheduleType = "aws:scheduler/schedule:Schedule";
const groupType = "aws:scheduler/scheduleGroup:ScheduleGroup";
const roleType = "aws:iam/role:Role";
const policyType = "aws:iam/rolePolicy:RolePolicy";
const definitionType = "aws:ecs/taskDefinition:TaskDefinition";

describe("Rotation", () => {
  it("runs the migration's task with another command, where the migration runs, on the schedule of prod", async () => {
    const plan = await planOf("prod");
    const { target: { input, ...target }, ...inputs } = only(plan, scheduleType).inputs;
    assert.deepEqual(inputs, {
      description: "Renews the password of the service's database role",
      groupName: only(plan, groupType).state["name"],
      scheduleExpression: "cron(0 3 ? * 4#1 *)",
      scheduleExpressionTimezone: "UTC",
      flexibleTimeWindow: { mode: "OFF" },
    });
    assert.deepEqual(target, {
      arn: only(plan, "aws:ecs/cluster:Cluster").state["arn"],
      roleArn: only(plan, roleType, "rotation").state["arn"],
      ecsParameters: {
        taskDefinitionArn: only(plan, definitionType, "migration").state["arn"],
        launchType: "FARGATE",
        taskCount: 1,
        networkConfiguration: {
          subnets: only(plan, "awsx:ec2:Vpc").state["privateSubnetIds"],
          securityGroups: ["firewall-migration-id"],
          assignPublicIp: false,
        },
      },
      retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 3600 },
    });
    assert.deepEqual(JSON.parse(input), { containerOverrides: [{ name: "migration", command: ["rotate.mjs"] }] });
  });

  it("names a container that the task has, because ECS refuses to override another", async () => {
    const plan = await planOf("prod");
    const { containerOverrides } = JSON.parse(only(plan, scheduleType).inputs["target"].input) as {
      containerOverrides: { name: string }[];
    };
    assert.deepEqual(containerOverrides.map(({ name }) => name), [containerOf(plan, "migration").name]);
  });

  it("takes the schedule from the settings", async () => {
    const plan = await planOf("dev", { settings: { rotation: { schedule: "cron(30 4 1 * ? *)", oldestPasswordDays: 32 } } });
    assert.equal(only(plan, scheduleType).inputs["scheduleExpression"], "cron(30 4 1 * ? *)");
  });

  it("is nothing in dev, whose data nobody would miss", async () => {
    assert.deepEqual(labels(childrenOf(await planOf("dev"), "Rotation")), []);
  });

  it("may start that task in the stack's cluster, and pass on its two roles to ECS alone", async () => {
    const plan = await planOf("prod");
    const { role, policy } = only(plan, policyType, "rotation").inputs;
    assert.equal(role, only(plan, roleType, "rotation").state["name"]);
    assert.deepEqual(JSON.parse(policy), {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "ecs:RunTask",
          Resource: "arn:aws:ecs:eu-west-1:123456789012:task-definition/accounts-prod-migration:*",
          Condition: { ArnEquals: { "ecs:cluster": only(plan, "aws:ecs/cluster:Cluster").state["arn"] } },
        },
        {
          Effect: "Allow",
          Action: "iam:PassRole",
          Resource: ["migration-execution", "migration-task"].map((name) => only(plan, roleType, name).state["arn"]),
          Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
        },
      ],
    });
  });

  it("lets only schedules of its own group take its role", async () => {
    const plan = await planOf("prod");
    const { assumeRolePolicy } = only(plan, roleType, "rotation").inputs;
    assert.deepEqual(JSON.parse(assumeRolePolicy), {
      Version: "2012-10-17",
      Statement: [{
        Effect: "Allow",
        Principal: { Service: "scheduler.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": "123456789012" },
          ArnLike: { "aws:SourceArn": only(plan, groupType).state["arn"] },
        },
      }],
    });
  });

  it("waits for the rights of its role, because the first turn may come at once", async () => {
    const plan = await planOf("prod");
    const { urn } = only(plan, policyType, "rotation");
    assert.ok(only(plan, scheduleType).options.dependencies.includes(urn), `${urn} is not among what the schedule waits for`);
  });
});
