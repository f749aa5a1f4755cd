import assert from "node:assert/strict";

import { ApplicationAutoScaling } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { ECR } from "@aws-sdk/client-ecr";
import { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import { RDS } from "@aws-sdk/client-rds";

import { startAlarms } from "../../../offline/stand-ins/alarms";
import { startAutoScaling } from "../../../offline/stand-ins/auto-scaling";
import { startEcr } from "../../../offline/stand-ins/ecr";
import { startLogs } from "../../../offline/stand-ins/logs";
import { startRds } from "../../../offline/stand-ins/rds";
import { startTargetHealth } from "../../../offline/stand-ins/target-health";
import { clientOf } from "./clients";

/** Lets the SDK read what a stand-in writes. */
async function withService<S extends { readonly url: string; stop(): Promise<void> }>(
  starting: Promise<S>, use: (settings: ReturnType<typeof clientOf>, service: S) => Promise<void>,
): Promise<void> {
  const service = await starting;
  try {
    await use(clientOf(service.url), service);
  } finally {
    await service.stop();
  }
}

describe("the stand-ins that operators ask", () => {
  it("describe instances in pages, and times, numbers and truths as the SDK knows them", async () => {
    const LatestRestorableTime = new Date("2026-01-31T12:00:00Z");
    const instances = ["a", "b", "c"].map((DBInstanceIdentifier) =>
      ({ DBInstanceIdentifier, MultiAZ: true, AllocatedStorage: 20, LatestRestorableTime }));
    await withService(startRds({ instances, pageSize: 2 }), async (settings) => {
      const rds = new RDS(settings);
      const first = await rds.describeDBInstances({});
      assert.deepEqual(first.DBInstances?.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier), ["a", "b"]);
      const { DBInstances: [last] = [], Marker } = await rds.describeDBInstances({ Marker: first.Marker });
      assert.equal(Marker, undefined);
      assert.deepEqual([last?.DBInstanceIdentifier, last?.MultiAZ, last?.AllocatedStorage, last?.LatestRestorableTime],
        ["c", true, 20, LatestRestorableTime]);
      assert.deepEqual((await rds.describeDBSnapshots({})).DBSnapshots ?? [], []);
    });
  });

  it("describe the health of a target group's targets, and where its load balancer is, and no other's", async () => {
    const health = { State: "unhealthy", Description: "<503> & others" };
    const targetGroupArn = "arn:a:targetgroup/b";
    const targets = [{ Target: { Id: "10.0.0.1", Port: 8080 }, TargetHealth: health }];
    await withService(startTargetHealth({ targetGroupArn, dnsName: "balancer.example.com", targets }), async (settings) => {
      const client = new ElasticLoadBalancingV2(settings);
      const asked = { TargetGroupArn: targetGroupArn };
      const { TargetHealthDescriptions: [only] = [] } = await client.describeTargetHealth(asked);
      assert.deepEqual([only?.Target?.Port, only?.TargetHealth], [8080, health]);
      const { TargetGroups: [group] = [] } = await client.describeTargetGroups({ TargetGroupArns: [targetGroupArn] });
      const { LoadBalancerArns } = group ?? {};
      const { LoadBalancers: [balancer] = [] } = await client.describeLoadBalancers({ LoadBalancerArns });
      assert.equal(balancer?.DNSName, "balancer.example.com");

      const [noGroup, noBalancer] = [{ name: "TargetGroupNotFoundException" }, { name: "LoadBalancerNotFoundException" }];
      await assert.rejects(client.describeTargetHealth({ TargetGroupArn: "arn:b" }), noGroup);
      await assert.rejects(client.describeTargetGroups({ TargetGroupArns: ["arn:b"] }), noGroup);
      await assert.rejects(client.describeLoadBalancers({ LoadBalancerArns: ["arn:b"] }), noBalancer);
    });
  });

  it("find alarms by the beginning of their names, and by their state", async () => {
    const alarm = { AlarmDescription: "", StateTransitionedTimestamp: 1_769_800_000 };
    const alarms = [
      { ...alarm, AlarmName: "a-1", StateValue: "ALARM" }, { ...alarm, AlarmName: "a-2", StateValue: "OK" },
      { ...alarm, AlarmName: "b-1", StateValue: "ALARM" },
    ] as const;
    await withService(startAlarms(alarms), async (settings) => {
      const question = { AlarmNamePrefix: "a-", StateValue: "ALARM" } as const;
      const { MetricAlarms = [] } = await new CloudWatch(settings).describeAlarms(question);
      const found = MetricAlarms.map((each) => [each.AlarmName, each.StateTransitionedTimestamp]);
      assert.deepEqual(found, [["a-1", new Date(1_769_800_000_000)]]);
    });
  });

  it("keep the bounds of a scalable target, and refuse those that contradict each other", async () => {
    const target = { ResourceId: "service/a/b", MinCapacity: 2, MaxCapacity: 4 };
    const { ResourceId } = target;
    const which = { ServiceNamespace: "ecs", ResourceId, ScalableDimension: "ecs:service:DesiredCount" } as const;
    await withService(startAutoScaling([target]), async (settings) => {
      const client = new ApplicationAutoScaling(settings);
      await client.registerScalableTarget({ ...which, MinCapacity: 3, MaxCapacity: 5 });
      const { ScalableTargets: [now] = [] } = await client.describeScalableTargets({ ServiceNamespace: "ecs" });
      assert.deepEqual([now?.MinCapacity, now?.MaxCapacity], [3, 5]);
      await assert.rejects(client.registerScalableTarget({ ...which, MinCapacity: 6 }), { name: "ValidationException" });
    });
  });

  it("describe the images of one repository", async () => {
    const image = { imageDigest: `sha256:${"a".repeat(64)}`, imageTags: ["v1"], imagePushedAt: 1_769_800_000 };
    await withService(startEcr("123456789012", "accounts", [image]), async (settings) => {
      const ecr = new ECR(settings);
      const { imageDetails: [only] = [] } = await ecr.describeImages({ repositoryName: "accounts" });
      assert.deepEqual([only?.imageTags, only?.imagePushedAt], [["v1"], new Date(1_769_800_000_000)]);
      await assert.rejects(ecr.describeImages({ repositoryName: "other" }), { name: "RepositoryNotFoundException" });
    });
  });

  it("find lines of all streams of a log group by a pattern, in pages", async () => {
    await withService(startLogs({ groups: ["/a"] }), async (settings, service) => {
      const write = (stream: string, line: object | string): void => {
        service.createStream("/a", stream);
        service.append("/a", stream, typeof line === "string" ? line : JSON.stringify(line));
      };
      write("1", { level: "error", reqId: "x" });
      write("2", { level: "warn", reqId: "y" });
      write("2", { level: "info", reqId: "x" });
      write("2", "level error");
      const client = new CloudWatchLogs(settings);
      const find = async (filterPattern?: string) => {
        const { events = [] } = await client.filterLogEvents({ logGroupName: "/a", filterPattern });
        return events.map(({ message, logStreamName }) => `${logStreamName} ${message}`);
      };

      assert.equal((await find()).length, 4);
      assert.deepEqual(await find('{ (($.level = "error") || ($.level = "warn")) && ($.reqId = "x") }'),
        ['1 {"level":"error","reqId":"x"}']);
      assert.deepEqual(await find('{ $.level = "warn" }'), ['2 {"level":"warn","reqId":"y"}']);
      await assert.rejects(find("{ $.level > 1 }"), { name: "InvalidParameterException" });

      const first = await client.filterLogEvents({ logGroupName: "/a", limit: 3 });
      const second = await client.filterLogEvents({ logGroupName: "/a", limit: 3, nextToken: first.nextToken });
      assert.deepEqual([first.events?.length, second.events?.length, second.nextToken], [3, 1, undefined]);
    });
  });
});
