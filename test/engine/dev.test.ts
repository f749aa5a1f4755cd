import { strict as assert } from "node:assert";

import { shortUrn } from "../../offline/urns";
import { planOf } from "../example/plans";
import { assertNever, assertOrder } from "./journal";
import { prerequisites } from "./prerequisites";
import { Scene } from "./scene";

const image = `registry.example.com/accounts@sha256:${"a".repeat(64)}`;
const service = "aws:ecs/service:Service";
const taskDefinition = "aws:ecs/taskDefinition:TaskDefinition";

/** The migration tells what ECS has told it. */
const migration = "console.log(JSON.stringify(process.env));";

// Each test goes on with the stack that the one before it left.
describe("dev under the real engine", () => {
  let scene: Scene;
  let firstUp: string[];

  before(async function () {
    scene = await Scene.open(this, { config: { "accounts:image": image } });
    scene.account.migrateWith(migration);
  });

  after(() => scene?.close());

  it("is previewed without touching anything", async () => {
    const journal = await scene.success((stack) => stack.preview());

    assert.deepEqual(journal, []);
    assert.deepEqual(scene.account.ecs.calls, []);
  });

  it("migrates the database before it creates the service", async () => {
    firstUp = await scene.success((stack) => stack.up());

    assertOrder(firstUp, "migration: {", `create ${service} service`);
  });

  it("has what the plan says, under the same URNs, also what awsx makes", async () => {
    const planned = (await planOf("dev")).expanded.map(({ urn }) => shortUrn(urn));

    assert.deepEqual(ofTheProgram(urnsOf(scene.stack.state)), ofTheProgram(planned));
  });

  it("lets the migration wait for all that its task needs", () => {
    assertWaitsFor(prerequisites(scene.stack.state, "aws:ssm/parameter:Parameter", "migration"), [
      "aws:ec2/vpcEndpoint:VpcEndpoint network-s3",
      "aws:ec2/routeTable:RouteTable network-private-1",
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule firewall-schema-out",
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule firewall-schema-in",
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule firewall-migration-aws-out",
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule firewall-migration-s3-out",
      "aws:rds/instance:Instance database-1",
      "aws:secretsmanager/secret:Secret parameters-database",
      "aws:secretsmanager/secret:Secret parameters-api-keys",
      "aws:cloudwatch/logGroup:LogGroup migration-log",
      "aws:iam/rolePolicy:RolePolicy migration-task",
      "aws:iam/rolePolicy:RolePolicy migration-execution-",
      // The hook asks for its ARN: one that had begun to wait would hang the up if the cluster then failed.
      "aws:ecs/cluster:Cluster cluster",
    ]);
  });

  it("lets the service wait for the migration, and for all that its tasks need", () => {
    assertWaitsFor(prerequisites(scene.stack.state, service, "service"), [
      "aws:ssm/parameter:Parameter migration",
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule firewall-requests-out",
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule firewall-requests-in",
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule firewall-service-aws-out",
      "aws:lb/listener:Listener load-balancer-0",
      "aws:cloudwatch/metricAlarm:MetricAlarm load-balancer-rollback-target-errors",
      "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders cluster-capacity",
      "aws:cloudwatch/logGroup:LogGroup service-log",
      "aws:iam/rolePolicy:RolePolicy service-task",
      "aws:iam/rolePolicy:RolePolicy service-execution-",
    ]);
  });

  it("runs the migration where the program says, with what the program tells it", () => {
    const { cloud, account } = scene;
    const [run, ...others] = account.ecs.calls.filter(({ operation }) => operation.endsWith(".RunTask"));
    assert.deepEqual(others, []);
    assert.equal(run?.input["cluster"], cloud.only("aws:ecs/cluster:Cluster", "cluster").properties["arn"]);
    assert.equal(run?.input["taskDefinition"], cloud.only(taskDefinition, "migration").properties["arn"]);
    assert.deepEqual(run?.input["networkConfiguration"], { awsvpcConfiguration: {
      subnets: ["network-private-1", "network-private-2"].map((name) => cloud.only("aws:ec2/subnet:Subnet", name).id),
      securityGroups: [cloud.only("aws:ec2/securityGroup:SecurityGroup", "firewall-migration").id],
      assignPublicIp: "DISABLED",
    } });

    const told = JSON.parse(firstUp.find((entry) => entry.startsWith("migration: {"))!.slice("migration: ".length));
    const database = cloud.only("aws:rds/instance:Instance", "database-1").properties;
    const secret = (name: string) => cloud.only("aws:secretsmanager/secret:Secret", name).properties["arn"];
    assert.equal(told.DATABASE_HOST, database["address"]);
    assert.equal(told.DATABASE_SECRET_ARN, secret("parameters-database"));
    assert.equal(told.API_KEYS_SECRET_ARN, secret("parameters-api-keys"));
  });

  it("changes nothing when nothing has changed, and does not migrate again", async () => {
    const journal = await scene.success((stack) => stack.up({ expectNoChanges: true }));

    assert.deepEqual(journal, []);
  });

  it("is refreshed without a change, and without asking what runs", async () => {
    const journal = await scene.success((stack) => stack.refresh());

    assert.deepEqual(journal, []);
  });

  it("gives the service that awsx makes half an hour for a rollout", () => {
    const { checkpoint } = JSON.parse(scene.stack.state) as { checkpoint: { latest: { resources: StateResource[] } } };
    const [found, ...others] = checkpoint.latest.resources.filter(({ type }) => type === service);
    assert.deepEqual(others, []);
    assert.deepEqual(found?.customTimeouts, { create: 1800, update: 1800 });
  });

  it("leaves the number of tasks as the autoscaler has set it", async () => {
    scene.cloud.only(service, "service").properties["desiredCount"] = 4;

    const journal = await scene.success((stack) => stack.up({ refresh: true }));

    assert.deepEqual(journal, []);
    assert.equal(scene.cloud.only(service, "service").properties["desiredCount"], 4);
  });

  it("tells the autoscaler when the settings ask for more tasks, and who watches their number, but not the service", async () => {
    scene.change = (dev) => ({ service: { ...dev.service, minTasks: 3 } });

    const journal = await scene.success((stack) => stack.up());

    assert.deepEqual(journal.toSorted(), [
      "update aws:appautoscaling/target:Target service-scaling",
      "update aws:cloudwatch/metricAlarm:MetricAlarm monitoring-too-few-tasks",
    ]);
    assert.equal(scene.cloud.only(service, "service").properties["desiredCount"], 4);
  });

  it("rolls a changed setting out with a parameter of its own, and takes the old one away last", async () => {
    const before = scene.cloud.only(service, "service").properties["taskDefinition"];
    scene.change = (dev) => ({ service: { ...dev.service, minTasks: 3, logLevel: "warn" } });

    const journal = await scene.success((stack) => stack.up());

    const parameter = "aws:ssm/parameter:Parameter parameters-log-level-";
    assertOrder(journal, `create ${parameter}`, `update ${service} service`);
    assertOrder(journal, `update ${service} service`, `delete ${parameter}`);
    assertNever(journal, "migration: {");
    const { taskDefinition: now } = scene.cloud.only(service, "service").properties;
    assert.notEqual(now, before);
    assert.equal(now, scene.cloud.only(taskDefinition, "service").properties["arn"]);
  });

  it("is destroyed without a migration, and nothing stays", async () => {
    const journal = await scene.success((stack) => stack.destroy());

    assertNever(journal, "migration: ");
    assert.deepEqual(scene.cloud.all, []);
  });
});

interface StateResource {
  readonly type: string;
  /** In seconds. */
  readonly customTimeouts?: object;
}

/** The names may end in a part that changes with content. */
function assertWaitsFor(found: readonly string[], needed: readonly string[]): void {
  assert.deepEqual(needed.filter((beginning) => !found.some((label) => label.startsWith(beginning))), []);
}

/** `<parents' types>$<type>::<name>` of everything in a state. */
function urnsOf(state: string): string[] {
  const { checkpoint } = JSON.parse(state) as { checkpoint: { latest: { resources: { urn: string }[] } } };
  return checkpoint.latest.resources.map(({ urn }) => shortUrn(urn));
}

/** Without what depends on the image, which is a given one here and a built one in the plan. */
function ofTheProgram(urns: readonly string[]): string[] {
  return urns.filter((urn) => urn.startsWith("accounts:infra:") && !urn.startsWith("accounts:infra:Image$"))
    // ECR looks into images of its own, and tells of no others.
    .filter((urn) => !urn.endsWith("::monitoring-image-findings"))
    .map((urn) => urn.replace(/(-execution-[0-9a-f]{8})-\w+$/, "$1")).toSorted();
}
