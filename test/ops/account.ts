import { createServer } from "node:http";

import { startAlarms, type Alarm } from "../../offline/stand-ins/alarms";
import { startAutoScaling, type ScalableTarget } from "../../offline/stand-ins/auto-scaling";
import type { AwsService } from "../../offline/stand-ins/aws-json";
import type { AwsQueryService, Elements } from "../../offline/stand-ins/aws-query";
import { startEcr } from "../../offline/stand-ins/ecr";
import { startEcs, type Ecs } from "../../offline/stand-ins/ecs";
import type { ServiceDescription, TaskDefinition } from "../../offline/stand-ins/ecs-shapes";
import { close, listen } from "../../offline/stand-ins/local-server";
import { startLogs, type Logs } from "../../offline/stand-ins/logs";
import { startRds, type RdsArgs } from "../../offline/stand-ins/rds";
import { startSecrets, type Secrets } from "../../offline/stand-ins/secrets";
import { startSts } from "../../offline/stand-ins/sts";
import { startTargetHealth } from "../../offline/stand-ins/target-health";

export const accountId = "123456789012";
export const region = "eu-west-1";
export const repository = `${accountId}.dkr.ecr.${region}.amazonaws.com/accounts`;
export const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
export const image = (letter: string): string => `${repository}@${digest(letter)}`;
export const definitionArn = (family: string, revision: number): string =>
  `arn:aws:ecs:${region}:${accountId}:task-definition/${family}:${revision}`;

export const stackKey = `arn:aws:kms:${region}:${accountId}:key/of-the-stack`;
const targetGroupArn = `arn:aws:elasticloadbalancing:${region}:${accountId}:targetgroup/service-1a2b3c/0123456789abcdef`;

export interface OpsAccountArgs {
  /** Whose the credentials are. */
  readonly caller?: string;
  readonly service?: Partial<ServiceDescription>;
  /** Of the service's task definitions, the oldest first; the last but `leftBehind` are inactive. */
  readonly images?: readonly string[];
  readonly targets?: readonly Elements[];
  /** What `GET /version` is answered through the load balancer, in turn. */
  readonly versions?: readonly object[];
  readonly rds?: Partial<RdsArgs>;
  readonly alarms?: readonly Alarm[];
  /** What the one-off task does when it is run. */
  readonly program?: string;
}

/** A stack `dev` in an AWS account on this computer, as operators see it. */
export interface OpsAccount {
  readonly env: NodeJS.ProcessEnv;
  readonly ecs: Ecs;
  readonly logs: Logs;
  readonly ssm: Secrets;
  readonly autoScaling: AwsService;
  readonly rds: AwsQueryService;
  readonly scalableTarget: ScalableTarget;
  /** Names of all that changed something. */
  readonly changes: () => string[];
  stop(): Promise<void>;
}

export async function startOpsAccount(args: OpsAccountArgs = {}): Promise<OpsAccount> {
  const definitions = definitionsOf(args);
  const scalableTarget = { ResourceId: "service/accounts-dev/accounts-dev-service-1a2b3c", MinCapacity: 2, MaxCapacity: 4 };
  const balancer = await startBalancer(args.versions ?? [{ version: "1.0.0", commit: "c".repeat(40) }]);
  const logs = await startLogs({ groups: ["/accounts/dev/service", "/accounts/dev/migration"] });
  const ssm = await startSecrets({
    secrets: [],
    parameters: [{
      name: "/accounts/dev/migration", arn: `arn:aws:ssm:${region}:${accountId}:parameter/accounts/dev/migration`,
      value: JSON.stringify({ image: image("b") }), type: "String", lastModified: new Date("2026-01-31T09:30:00Z"),
    }],
  });
  const [sts, autoScaling, rds, ecr, alarms, balancing, ecs] = await Promise.all([
    startSts({ accountId: args.caller ?? accountId, arn: `arn:aws:iam::${args.caller ?? accountId}:user/operator` }),
    startAutoScaling([scalableTarget]),
    startRds({ instances: [instance(1)], automatedBackups: [backups(1)], pageSize: 1, ...args.rds }),
    startEcr(accountId, "accounts", ["a", "b", "c"].map((letter, index) =>
      ({ imageDigest: digest(letter), imageTags: [`src-${letter}`], imagePushedAt: 1_769_800_000 + index * 3600 }))),
    startAlarms(args.alarms ?? []),
    startTargetHealth({
      targetGroupArn, dnsName: balancer.host, targets: args.targets ?? [target("10.10.1.5", "a"), target("10.10.2.5", "b")],
    }),
    startEcs({
      region, accountId, logs, clusters: ["accounts-dev"], zones: ["eu-west-1a", "eu-west-1b"],
      taskDefinitions: definitions,
      services: [serviceOf(definitions, args.service)],
      secrets: { call: () => Promise.reject(new Error("no container here has secrets")) },
      directoryOf: () => __dirname,
      environmentOf: () => ({}),
    }),
  ]);
  const running = ecs.runService({
    name: "accounts-dev-service-1a2b3c", cluster: "accounts-dev", taskDefinition: serviceOf(definitions, args.service).taskDefinition,
    desiredCount: 2, backOff: { firstMilliseconds: 500, mostMilliseconds: 500 },
  });
  return {
    ecs, logs, ssm, autoScaling, rds, scalableTarget,
    env: {
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
      AWS_ENDPOINT_URL_STS: sts.url,
      AWS_ENDPOINT_URL_ECS: ecs.url,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: logs.url,
      AWS_ENDPOINT_URL_SSM: ssm.url,
      AWS_ENDPOINT_URL_RDS: rds.url,
      AWS_ENDPOINT_URL_ECR: ecr.url,
      AWS_ENDPOINT_URL_CLOUDWATCH: alarms.url,
      AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: balancing.url,
      AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING: autoScaling.url,
      AWS_ACCESS_KEY_ID: "AKIAOPERATOR",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_MAX_ATTEMPTS: "1",
    },
    changes: () => [ecs, autoScaling].flatMap(({ calls }) => calls).map(({ operation }) => operation.split(".")[1] ?? "")
      .filter((operation) => !/^(Describe|List)/.test(operation)),
    stop: async () => {
      await running.stop();
      await balancer.stop();
      await Promise.all([ecs, sts, autoScaling, rds, ecr, alarms, balancing, logs, ssm].map((part) => part.stop()));
    },
  };
}

/** The load balancer, as far as it is asked which version answers. */
async function startBalancer(versions: readonly object[]): Promise<{ readonly host: string; stop(): Promise<void> }> {
  let asked = 0;
  const server = createServer(({ url }, response) => {
    asked += 1;
    const version = url === "/version" ? versions[asked % versions.length] : undefined;
    response.writeHead(version === undefined ? 503 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(version ?? {}));
  });
  return { host: `127.0.0.1:${await listen(server)}`, stop: () => close(server) };
}

function definitionsOf(args: OpsAccountArgs): TaskDefinition[] {
  const { images = [image("a"), image("b")], program = "console.log('done')" } = args;
  const entryPoint = [process.execPath, "-e"];
  return [
    ...images.map((each, index): TaskDefinition => ({
      taskDefinitionArn: definitionArn("accounts-dev-service", index + 1),
      family: "accounts-dev-service",
      revision: index + 1,
      status: index === images.length - 1 ? "ACTIVE" : "INACTIVE",
      containerDefinitions: [{ name: "service", image: each, entryPoint, command: [untilOrphaned] }],
    })),
    {
      taskDefinitionArn: definitionArn("accounts-dev-migration", 1),
      family: "accounts-dev-migration",
      revision: 1,
      networkMode: "awsvpc",
      containerDefinitions: [{
        name: "migration",
        // The command comes behind it, as behind the image's own entry point.
        entryPoint: [...entryPoint, program],
        logConfiguration: {
          logDriver: "awslogs",
          options: { "awslogs-group": "/accounts/dev/migration", "awslogs-stream-prefix": "migration" },
        },
      }],
    },
  ];
}

/** Does not outlive a test that is killed. */
const untilOrphaned = "const { ppid } = process; setInterval(() => process.ppid === ppid || process.exit(), 500)";

type Definitions = readonly TaskDefinition[];

function serviceOf(definitions: Definitions, change: Partial<ServiceDescription> = {}): ServiceDescription {
  const latest = definitions.filter(({ family }) => family === "accounts-dev-service").at(-1);
  const taskDefinition = change.taskDefinition ?? latest?.taskDefinitionArn ?? "";
  return {
    serviceName: "accounts-dev-service-1a2b3c",
    status: "ACTIVE",
    taskDefinition,
    desiredCount: 2,
    runningCount: 2,
    pendingCount: 0,
    deployments: [{
      status: "PRIMARY", rolloutState: "COMPLETED", taskDefinition, runningCount: 2, desiredCount: 2, failedTasks: 0,
      createdAt: 1_769_800_000,
    }],
    events: [],
    loadBalancers: [{ targetGroupArn }],
    ...change,
  };
}

export function target(Id: string, zone: string, State = "healthy", Description?: string): Elements {
  return {
    Target: { Id, Port: 8080, AvailabilityZone: `${region}${zone}` },
    TargetHealth: { State, Reason: Description && "Target.FailedHealthChecks", Description },
  };
}

export function instance(generation: number, change: Elements = {}): Elements {
  return {
    DBInstanceIdentifier: `accounts-dev-${generation}`, DBInstanceStatus: "available", EngineVersion: "18.1",
    DBInstanceClass: "db.t4g.micro", AvailabilityZone: `${region}a`, MultiAZ: false, KmsKeyId: stackKey,
    LatestRestorableTime: new Date("2026-01-31T12:00:00Z"), ...change,
  };
}

export function backups(generation: number): Elements {
  return {
    DBInstanceIdentifier: `accounts-dev-${generation}`,
    RestoreWindow: { EarliestTime: new Date("2026-01-24T12:00:00Z"), LatestTime: new Date("2026-01-31T12:00:00Z") },
  };
}

/** What `stack output` says of it. */
export const outputs = {
  oneOffTask: {
    cluster: `arn:aws:ecs:${region}:${accountId}:cluster/accounts-dev`,
    container: "migration",
    logGroup: "/accounts/dev/migration",
    securityGroups: ["sg-migration"],
    subnets: ["subnet-a", "subnet-b"],
    taskDefinition: definitionArn("accounts-dev-migration", 1),
  },
};
