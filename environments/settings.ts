/**
 * What an environment decides: size and behaviour. Every field is required, so an environment that forgets one does
 * not compile. Where a stack is (region, account, zones, domain) stands in `Pulumi.<stack>.yaml`.
 */
export interface Settings {
  /**
   * Whether somebody would miss what is stored here. `check-kept-data.ts` then demands every protection, and refuses
   * each where it is not so: a place to try things has to be destroyed, and made again, without a question.
   */
  readonly keepsData: boolean;
  readonly encryption: EncryptionSettings;
  readonly network: NetworkSettings;
  readonly database: DatabaseSettings;
  readonly parameters: ParameterSettings;
  readonly image: ImageSettings;
  readonly loadBalancer: LoadBalancerSettings;
  readonly webFirewall: WebFirewallSettings;
  readonly cluster: ClusterSettings;
  readonly migration: MigrationSettings;
  readonly rotation: RotationSettings;
  readonly service: ServiceSettings;
  readonly monitoring: MonitoringSettings;
  /** Days that log lines are kept; one of the periods CloudWatch Logs offers. */
  readonly logRetentionDays: number;
}

export interface EncryptionSettings {
  /** Days between `pulumi destroy` and the loss of the key, and with it of everything it encrypts: 7 to 30. */
  readonly keyDeletionWindowDays: number;
  /** Refuses the deletion of the key by Pulumi, and keeps it when the stack goes: snapshots need it. */
  readonly protect: boolean;
}

export interface NetworkSettings {
  /** The VPC's addresses, a /16; no two environments share any, so that they can be joined one day. */
  readonly cidrBlock: string;
  /**
   * About 35 USD a month each; with one for all zones, the loss of its zone cuts the others off AWS's APIs. Without
   * any, all calls to AWS go through interface endpoints, and nothing else is reached.
   */
  readonly natGateways: "None" | "Single" | "OnePerAz";
  /** AWS's APIs that tasks reach inside the VPC; about 8 USD a month each and zone. */
  readonly interfaceEndpoints: readonly InterfaceEndpoint[];
  /** Which connections leave a line in the log: none, the refused ones, or all. */
  readonly flowLogs: "none" | "REJECT" | "ALL";
}

/** What the tasks call, and ECS for them: the end of a service's name such as `com.amazonaws.eu-west-1.ecr.api`. */
export type InterfaceEndpoint = "ecr.api" | "ecr.dkr" | "logs" | "secretsmanager" | "ssm";

export interface DatabaseSettings {
  readonly instanceClass: `db.${string}`;
  /** 20 GiB is the least that gp3 offers. */
  readonly storageGiB: number;
  /** RDS grows the storage by itself up to this; at least 10 % above `storageGiB`, which RDS demands. */
  readonly maxStorageGiB: number;
  /** A standby in another zone. */
  readonly multiAz: boolean;
  /** Changes that need a restart happen at once, or wait for the maintenance window while `pulumi up` says done. */
  readonly applyImmediately: boolean;
  /** 1 to 35; 0 would switch backups off. */
  readonly backupRetentionDays: number;
  /** When RDS takes the daily backup, in UTC: `02:00-02:30`. */
  readonly backupWindow: `${string}-${string}`;
  /** When RDS may restart it for minor versions and for changes that wait, in UTC: `tue:03:00-tue:04:00`. */
  readonly maintenanceWindow: `${string}-${string}`;
  /**
   * Refuses `pulumi destroy` and replacement, and keeps a final snapshot. Turn it off in a commit of its own, before
   * the one that destroys.
   */
  readonly deletionProtection: boolean;
  /** PostgreSQL's `max_connections`, between what the tasks may open and what the memory bears: `check-database.ts`. */
  readonly maxConnections: number;
  /** Statements that take longer than this leave a line in the database's log. */
  readonly slowStatementMilliseconds: number;
  /** How often the instance reports what its operating system does; 0 for never. */
  readonly monitoringIntervalSeconds: 0 | 1 | 5 | 10 | 15 | 30 | 60;
}

/** Which instances a stack has at the moment, read from `Pulumi.<stack>.yaml`: a restore is of one stack's data. */
export interface DatabaseInstances {
  /** Of the instance that serves: part of its identifier. Another one is another instance. */
  readonly generation: number;
  /** How that instance begins; `undefined` for empty. Without effect on one that exists. */
  readonly restore: DatabaseRestore | undefined;
  /** The instance that served before, while it stays beside the new one; on the way back, the new one. */
  readonly kept: KeptDatabase | undefined;
}

export type DatabaseRestore =
  | { readonly from: "snapshot"; readonly snapshot: string }
  /** The state of the kept instance at that moment, RFC 3339 in UTC. */
  | { readonly from: "time"; readonly time: string }
  /** The last state of the kept instance that can be restored, some five minutes ago. */
  | { readonly from: "latest" };

export interface KeptDatabase {
  readonly generation: number;
  /** Taken off before the `pulumi up` that drops it. */
  readonly protect: boolean;
}

export interface ParameterSettings {
  /** Days in which a deleted secret can be restored: 7 to 30, or 0, so that a destroyed stack can be made again. */
  readonly secretRecoveryWindowDays: number;
  /** Refuses the deletion of the secrets by Pulumi. */
  readonly protect: boolean;
}

export interface ImageSettings {
  /** For image and tasks alike; arm64 costs about a fifth less on Fargate. */
  readonly architecture: "arm64" | "amd64";
  /** Images that stay in the repository for a rollback. */
  readonly keptImages: number;
  /** Lets `pulumi destroy` delete a repository that still holds images. */
  readonly forceDelete: boolean;
  /** Refuses the deletion of the repository by Pulumi. */
  readonly protect: boolean;
}

export interface LoadBalancerSettings {
  /** Refuses a stack without `accounts:domainName`. */
  readonly httpsRequired: boolean;
  /** Seconds without a byte, after which the load balancer gives a connection up: 1 to 3999. */
  readonly idleTimeoutSeconds: number;
  /** Seconds in which a leaving task may finish its requests: 0 to 3600. */
  readonly deregistrationDelaySeconds: number;
  readonly healthCheck: HealthCheckSettings;
  /** Refuses deletion of the load balancer, by Pulumi and by hand, and by Pulumi that of its access logs. */
  readonly deletionProtection: boolean;
  /** Days that a line for each request is kept in a bucket; 0 for no such lines. Paths name users. */
  readonly accessLogDays: number;
  readonly rollback: RollbackSettings;
}

export interface HealthCheckSettings {
  readonly path: `/${string}`;
  /** Seconds from one check to the next: 5 to 300. */
  readonly intervalSeconds: number;
  /** Seconds to wait for an answer: 2 to 120, less than the interval. */
  readonly timeoutSeconds: number;
  /** Checks in a row that must pass or fail before a target changes sides: 2 to 10. */
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

/** When a deployment is taken back although its tasks are healthy: looked at each minute, two of three must agree. */
export interface RollbackSettings {
  /** More than this share of a minute's requests ends in a 5xx. */
  readonly errorPercent: number;
  /** A minute with fewer requests says nothing. */
  readonly fewestRequests: number;
}

/** AWS WAF before the load balancer: AWS's rules against known attacks, and a limit by client address. */
export type WebFirewallSettings = "none" | {
  /** Of one address; more are answered 429. Clients behind one NAT gateway share it. */
  readonly requestsPerFiveMinutes: number;
};

export interface ClusterSettings {
  readonly containerInsights: "disabled" | "enabled" | "enhanced";
}

export interface MigrationSettings {
  /** CPU units, 1024 to a vCPU. */
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** After this long the migration is stopped and `pulumi up` fails. */
  readonly timeoutMinutes: number;
}

/** Whether the password of the service's database role is renewed by itself. */
export type RotationSettings = "none" | {
  /** When, in UTC; the six fields of EventBridge's cron. */
  readonly schedule: `cron(${string})`;
  /** Somebody is called when it is older: longer than from one turn of the schedule to the next. */
  readonly oldestPasswordDays: number;
};

export interface ServiceSettings {
  readonly port: number;
  /** CPU units, 1024 to a vCPU; Fargate sells CPU and memory in fixed pairs. */
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  readonly minTasks: number;
  readonly maxTasks: number;
  /** Tasks are added above and taken away below this average CPU use. */
  readonly cpuTargetPercent: number;
  /** Tasks are added above and taken away below this many requests a minute and task. */
  readonly requestsPerTaskMinute: number;
  /** Seconds after a change in which no more tasks are taken away or added. */
  readonly scaleInSeconds: number;
  readonly scaleOutSeconds: number;
  /** Tasks that AWS may not take away. */
  readonly onDemandTasks: number;
  /** Of the tasks beyond those, so many run on Fargate Spot: 70 % cheaper, and gone at two minutes' notice. */
  readonly spotPercent: number;
  /** Seconds after a task's start in which a failing health check does not count. */
  readonly healthCheckGracePeriodSeconds: number;
  readonly logLevel: "debug" | "error" | "fatal" | "info" | "trace" | "warn";
  /** Connections of one task for statements that may take their time. */
  readonly databasePoolConnections: number;
  /** Connections of one task that carry many small statements at once; 0 sends those to the pool as well. */
  readonly databaseLaneConnections: number;
  /** Changes one API client may make on one task in a minute, before it is asked to wait. */
  readonly writesPerMinute: number;
  /** The same for pages of lists, each of which may cost as much as dozens of other reads. */
  readonly pagesPerMinute: number;
  /** A page at `/docs` on which people read and try the API. */
  readonly apiPage: boolean;
  /** Origins such as `https://app.example.com`, whose pages may call the API from a browser. */
  readonly corsOrigins: readonly string[];
  readonly timeouts: TimeoutSettings;
}

/** In the order in which they must grow, which `check.ts` holds; the reasons are at its rules. */
export interface TimeoutSettings {
  /** PostgreSQL gives a statement up. */
  readonly statementSeconds: number;
  /** A client must have sent its whole request. */
  readonly requestSeconds: number;
  /** The service closes an idle connection; above the load balancer's idle timeout. */
  readonly keepAliveSeconds: number;
  /** After SIGTERM the service says it is not ready and serves on for this long. */
  readonly drainSeconds: number;
  /** ECS kills a task this long after SIGTERM; Fargate allows 120. */
  readonly stopSeconds: number;
}

/** Above (or, for what is free, below) these somebody is called. Rates and averages are those of five minutes. */
export interface MonitoringSettings {
  /** Refuses a stack without `accounts:alarmEmail`. */
  readonly recipientRequired: boolean;
  /** Share of requests that end in a 5xx, of the tasks or of the load balancer itself. */
  readonly serverErrorPercent: number;
  /** Five minutes with fewer requests say nothing about that share. */
  readonly fewestRequests: number;
  /** Requests that the service itself counts as failed by its own fault. */
  readonly serverErrors: number;
  /** Time to answer of the slowest of a hundred requests. */
  readonly latencyMilliseconds: number;
  readonly taskCpuPercent: number;
  readonly taskMemoryPercent: number;
  readonly databaseCpuPercent: number;
  /** Of `database.maxConnections`. */
  readonly databaseConnectionsPercent: number;
  /** Of the memory that the database's system could still hand out; of a small class little is free at any time. */
  readonly freeMemoryMiB: number;
  /** Below a tenth of `database.storageGiB`, from where on RDS adds to it by itself: then that has not helped. */
  readonly freeStorageGiB: number;
  /** What the stack may cost a month before somebody is told; 0 for no budget. */
  readonly monthlyBudgetUsd: number;
}
