import * as assert from "node:assert/strict";

import type { Plan } from "../../offline/render";
import { inARow, query, watched } from "../alarms";
import { matches } from "../event-pattern";
import { all, only, planOf } from "../example/plans";

const ruleType = "aws:cloudwatch/eventRule:EventRule";
const targetType = "aws:cloudwatch/eventTarget:EventTarget";
const subscriptionType = "aws:rds/eventSubscription:EventSubscription";

interface Query {
  readonly expression?: string;
  readonly metric?: { readonly dimensions: { readonly RuleName: string } };
}

type Event = Record<string, unknown> & { readonly detail: Record<string, unknown> };

function takes(plan: Plan, rule: string, event: object): boolean {
  const { eventPattern, state = "ENABLED", isEnabled = true } = only(plan, ruleType, rule).inputs;
  assert.deepEqual({ state, isEnabled }, { state: "ENABLED", isEnabled: true }, `the rule ${rule} has to be switched on`);
  return matches(JSON.parse(eventPattern) as unknown, event);
}

const topicArn = (plan: Plan) => only(plan, "aws:sns/topic:Topic").state["arn"] as string;

for (const stack of ["dev", "prod"]) {
  describe(`the events of ${stack}`, () => {
    let plan: Plan;

    before(async () => {
      plan = await planOf(stack);
    });

    describe("of a deployment", () => {
      // As ECS's developer guide shows them.
      const event = (change: object = {}, detail: object = {}): Event => ({
        version: "0",
        id: "ddca6449-b258-46c0-8653-e0e3aEXAMPLE",
        "detail-type": "ECS Deployment State Change",
        source: "aws.ecs",
        account: "123456789012",
        time: "2026-01-31T12:31:14Z",
        region: "eu-west-1",
        resources: [`arn:aws:ecs:eu-west-1:123456789012:service/${clusterName()}/accounts-${stack}-service-000000`],
        detail: {
          eventType: "ERROR",
          eventName: "SERVICE_DEPLOYMENT_FAILED",
          deploymentId: "ecs-svc/123",
          updatedAt: "2026-01-31T11:11:11Z",
          reason: "ECS deployment circuit breaker: task failed to start.",
          ...detail,
        },
        ...change,
      });
      const clusterName = () => only(plan, "aws:ecs/cluster:Cluster").state["name"] as string;

      it("are told when ECS gives it up", () => {
        assert.ok(takes(plan, "monitoring-deployment-failed", event()));
      });

      const others: [title: string, change: object, detail?: object][] = [
        ["begins", {}, { eventType: "INFO", eventName: "SERVICE_DEPLOYMENT_IN_PROGRESS" }],
        ["is done", {}, { eventType: "INFO", eventName: "SERVICE_DEPLOYMENT_COMPLETED" }],
        ["is another service's", { resources: ["arn:aws:ecs:eu-west-1:123456789012:service/others/service"] }],
        ["comes from somebody else", { source: "com.example" }],
        ["is of another kind", { "detail-type": "ECS Service Action" }],
      ];
      for (const [title, change, detail] of others) {
        it(`are not told when it ${title}`, () => {
          assert.ok(!takes(plan, "monitoring-deployment-failed", event(change, detail)));
        });
      }
    });

    describe("of a one-off task", () => {
      const migration = { name: "migration", lastStatus: "STOPPED", exitCode: 0 };
      const event = (detail: object = {}): Event => ({
        version: "0",
        id: "3317b2af-7005-947d-b652-f55e762e571a",
        "detail-type": "ECS Task State Change",
        source: "aws.ecs",
        account: "123456789012",
        time: "2026-01-31T17:57:58Z",
        region: "eu-west-1",
        resources: ["arn:aws:ecs:eu-west-1:123456789012:task/accounts/0000"],
        detail: {
          clusterArn: only(plan, "aws:ecs/cluster:Cluster").state["arn"],
          group: `family:${only(plan, "aws:ecs/taskDefinition:TaskDefinition", "migration").inputs["family"]}`,
          lastStatus: "STOPPED",
          desiredStatus: "STOPPED",
          stopCode: "EssentialContainerExited",
          containers: [migration],
          taskArn: "arn:aws:ecs:eu-west-1:123456789012:task/accounts/0000",
          ...detail,
        },
      });
      const told = (detail: object) => takes(plan, "monitoring-task-failed", event(detail));
      const failed = { containers: [{ ...migration, exitCode: 1 }] };

      it("are told when it ends with another code than 0", () => {
        // Of a failure of its own, when killed for its memory or its time, and of a crash.
        for (const exitCode of [1, 2, 137, 139]) {
          assert.ok(told({ containers: [{ ...migration, exitCode }] }), `exit code ${exitCode}`);
        }
      });

      it("are told when it does not start, or is ended from outside", () => {
        for (const stopCode of ["TaskFailedToStart", "UserInitiated", "SpotInterruption", "TerminationNotice"]) {
          assert.ok(told({ stopCode, containers: [{ name: "migration", lastStatus: "STOPPED" }] }), stopCode);
        }
      });

      it("are not told when it ends well, also when an agent beside it was killed", () => {
        assert.ok(!told({}));
        const agent = { name: "aws-guardduty-agent-0", lastStatus: "STOPPED", exitCode: 137 };
        assert.ok(!told({ containers: [migration, agent] }));
      });

      it("are not told while it runs", () => {
        assert.ok(!told({ ...failed, lastStatus: "DEPROVISIONING" }));
      });

      it("are not told of the service's tasks, which come and go, nor of another cluster's", () => {
        assert.ok(!told({ ...failed, group: `service:accounts-${stack}-service-000000` }));
        assert.ok(!told({ ...failed, clusterArn: "arn:aws:ecs:eu-west-1:123456789012:cluster/others" }));
      });

      it("are of the container that the plan has", () => {
        const { containerDefinitions } = only(plan, "aws:ecs/taskDefinition:TaskDefinition", "migration").inputs;
        const names = (JSON.parse(containerDefinitions) as { name: string }[]).map(({ name }) => name);
        assert.deepEqual(names, [migration.name]);
      });
    });

    describe("of an image", () => {
      // As ECR's user guide shows it.
      const event = (detail: object = {}): Event => ({
        version: "0",
        id: "85fc3613-e913-7fc4-a80c-a3753e4aa9ae",
        "detail-type": "ECR Image Scan",
        source: "aws.ecr",
        account: "123456789012",
        time: "2026-01-31T02:36:48Z",
        region: "eu-west-1",
        resources: [`arn:aws:ecr:eu-west-1:123456789012:repository/accounts-${stack}-image-000000`],
        detail: {
          "scan-status": "COMPLETE",
          "repository-name": `accounts-${stack}-image-000000`,
          "finding-severity-counts": { CRITICAL: 1, MEDIUM: 9 },
          "image-digest": "sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234",
          "image-tags": [],
          ...detail,
        },
      });
      const told = (detail?: object) => takes(plan, "monitoring-image-findings", event(detail));

      it("are told when its scan has found something critical", () => {
        assert.ok(told());
      });

      it("are not told of less, of nothing, nor of another repository's", () => {
        assert.ok(!told({ "finding-severity-counts": { HIGH: 2 } }));
        assert.ok(!told({ "finding-severity-counts": {} }));
        assert.ok(!told({ "repository-name": "others" }));
      });
    });

    it("that are lost ring an alarm, whichever rule was to tell of them", () => {
      const rules = all(plan, ruleType).map(({ state }) => state["name"] as string);
      const { metricQueries, ...alarm } = watched(plan, "events-lost");
      const [formula, ...metrics] = metricQueries as Query[];
      assert.deepEqual(metrics.map(({ metric }) => metric?.dimensions.RuleName).toSorted(), rules.toSorted());
      assert.deepEqual(metrics, metrics.map(({ metric }, index) =>
        query(`rule${index + 1}`, 300, "AWS/Events", "FailedInvocations", { RuleName: metric?.dimensions.RuleName }, "Sum")));
      assert.equal(formula?.expression, "FILL(rule1, 0) + FILL(rule2, 0) + FILL(rule3, 0)");
      assert.deepEqual(alarm, {
        alarmDescription: "EventBridge could not tell of something that has happened. Without data: EventBridge counts only what has failed. What to do: docs/operations.md, Events are lost",
        comparisonOperator: "GreaterThanThreshold",
        threshold: 0,
        ...inARow(1),
        treatMissingData: "notBreaching",
      });
    });

    it("go to the topic as a sentence, and without a role, which EventBridge does not use for SNS", () => {
      const sentences = {
        "monitoring-deployment-failed": {
          inputPaths: { reason: "$.detail.reason" },
          inputTemplate: `"ECS has given a deployment of accounts-${stack} up (<reason>). What to do: docs/operations.md, A deployment was taken back"`,
        },
        "monitoring-image-findings": {
          inputPaths: { count: "$.detail.finding-severity-counts.CRITICAL", digest: "$.detail.image-digest" },
          inputTemplate: `"ECR has found <count> critical weaknesses in the image <digest> of accounts-${stack}. What to do: docs/operations.md, An image has weaknesses"`,
        },
        "monitoring-task-failed": {
          inputPaths: { code: "$.detail.stopCode", task: "$.detail.taskArn" },
          inputTemplate: `"A one-off task of accounts-${stack} has failed (<code>): <task>. What to do: docs/operations.md, A one-off task failed"`,
        },
      };
      assert.deepEqual(all(plan, ruleType).map(({ name }) => name).toSorted(), Object.keys(sentences));
      for (const [name, inputTransformer] of Object.entries(sentences)) {
        assert.deepEqual(only(plan, targetType, name).inputs, {
          rule: only(plan, ruleType, name).state["name"], arn: topicArn(plan), inputTransformer,
        });
      }
    });

    it("of the database go to the topic: of the instance, and of its parameters", () => {
      assert.deepEqual(only(plan, subscriptionType, "monitoring-database").inputs, {
        snsTopic: topicArn(plan),
        sourceType: "db-instance",
        sourceIds: [`accounts-${stack}-1`],
        eventCategories: [
          "availability", "configuration change", "deletion", "failover", "failure", "low storage", "maintenance",
          "notification", "recovery", "security patching",
        ],
      });
      assert.deepEqual(only(plan, subscriptionType, "monitoring-database-parameters").inputs, {
        snsTopic: topicArn(plan),
        sourceType: "db-parameter-group",
        sourceIds: [only(plan, "aws:rds/parameterGroup:ParameterGroup").state["name"]],
        eventCategories: ["configuration change"],
      });
      assert.equal(all(plan, subscriptionType).length, 2);
    });

    it("of the database are asked for when RDS may publish and the instance is there, which it looks at", () => {
      for (const { options: { dependencies } } of all(plan, subscriptionType)) {
        for (const needed of ["aws:sns/topicPolicy:TopicPolicy::alerts-policy", "aws:rds/instance:Instance::database-1"]) {
          assert.ok(dependencies.some((urn) => urn.endsWith(needed)), needed);
        }
      }
    });
  });
}

describe("the events of an image that is given", () => {
  const given = (image: string) => planOf("prod", { config: { "accounts:image": `${image}@sha256:${"a".repeat(64)}` } });

  it("are those of its repository, where that is one of this account and region", async () => {
    const plan = await given("123456789012.dkr.ecr.eu-west-1.amazonaws.com/accounts/service:1.0.0");
    const { detail } = JSON.parse(only(plan, ruleType, "monitoring-image-findings").inputs["eventPattern"]) as Event;
    assert.deepEqual(detail["repository-name"], ["accounts/service"]);
  });

  for (const registry of ["ghcr.io/example", "123456789012.dkr.ecr.us-east-1.amazonaws.com", "999999999999.dkr.ecr.eu-west-1.amazonaws.com"]) {
    it(`of ${registry} are nobody's here: they do not reach this account's EventBridge`, async () => {
      const plan = await given(`${registry}/service`);
      assert.deepEqual(all(plan, ruleType).map(({ name }) => name), ["monitoring-deployment-failed", "monitoring-task-failed"]);
      assert.match(JSON.stringify(watched(plan, "events-lost")), /"FILL\(rule1, 0\) \+ FILL\(rule2, 0\)"/);
    });
  }
});

describe("the events of a database that is restored", () => {
  it("are of both instances, since the old one is the way back", async () => {
    const plan = await planOf("prod", { config: {
      "accounts:databaseGeneration": "3", "accounts:databaseKept": "2 unprotected", "accounts:databaseRestore": "",
    } });
    const { inputs, options } = only(plan, subscriptionType, "monitoring-database");
    assert.deepEqual(inputs["sourceIds"], ["accounts-prod-3", "accounts-prod-2"]);
    for (const needed of ["database-3", "database-2"]) {
      assert.ok(options.dependencies.some((urn) => urn.endsWith(`aws:rds/instance:Instance::${needed}`)), needed);
    }
  });
});

describe("an event pattern in these tests", () => {
  it("that uses what the tests do not know is an error, and no match", () => {
    assert.throws(() => matches({ detail: { group: [{ prefix: "family:" }] } }, { detail: { group: "family:a" } }),
      /knows no prefix/);
  });
});
