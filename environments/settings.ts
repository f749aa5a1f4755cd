/**
 * What an environment decides: size and behaviour. Every field is required, so an environment that forgets one does
 * not compile. Where a stack is (region, account, zones, domain) stands in `Pulumi.<stack>.yaml`.
 */
export interface Settings {
  readonly encryption: EncryptionSettings;
  readonly network: NetworkSettings;
  readonly database: DatabaseSettings;
  readonly parameters: ParameterSettings;
  readonly image: ImageSettings;
  readonly loadBalancer: LoadBalancerSettings;
  readonly cluster: ClusterSettings;
  readonly migration: MigrationSettings;
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
  /** About 35 USD a month each; with one for all zones, the loss of its zone cuts the others off AWS's APIs. */
  readonly natGateways: "Single" | "OnePerAz";
}

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
  /**
   * Refuses `pulumi destroy` and replacement, and keeps a final snapshot. Turn it off in a commit of its own, before
   * the one that destroys.
   */
  readonly deletionProtection: boolean;
  /** Part of the instance's identifier. Another one is another, empty instance, and the old one goes if it may. */
  readonly generation: number;
}

export interface ParameterSettings {
  /** Days in which a deleted secret can be restored: 7 to 30, or 0, so that a destroyed stack can be made again. */
  readonly secretRecoveryWindowDays: number;
}

export interface ImageSettings {
  /** For image and tasks alike; arm64 costs about a fifth less on Fargate. */
  readonly architecture: "arm64" | "amd64";
  /** Images that stay in the repository for a rollback. */
  readonly keptImages: number;
  /** Lets `pulumi destroy` delete a repository that still holds images. */
  readonly forceDelete: boolean;
}

export interface LoadBalancerSettings {
  /** Refuses a stack without `accounts:domainName`. */
  readonly httpsRequired: boolean;
  /** Seconds without a byte, after which the load balancer gives a connection up: 1 to 3999. */
  readonly idleTimeoutSeconds: number;
  /** Seconds in which a leaving task may finish its requests: 0 to 3600. */
  readonly deregistrationDelaySeconds: number;
  readonly healthCheck: HealthCheckSettings;
  /** Refuses deletion of the load balancer, by Pulumi and by hand. */
  readonly deletionProtection: boolean;
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

export interface ServiceSettings {
  readonly port: number;
  /** CPU units, 1024 to a vCPU; Fargate sells CPU and memory in fixed pairs. */
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  readonly minTasks: number;
  readonly maxTasks: number;
  /** Tasks are added above and taken away below this average CPU use. */
  readonly cpuTargetPercent: number;
  /** Seconds after a task's start in which a failing health check does not count. */
  readonly healthCheckGracePeriodSeconds: number;
  readonly logLevel: "debug" | "error" | "fatal" | "info" | "trace" | "warn";
  /** Connections of one task for statements that may take their time. */
  readonly databasePoolConnections: number;
  /** Connections of one task that carry many small statements at once; 0 sends those to the pool as well. */
  readonly databaseLaneConnections: number;
  /** Changes one API client may make on one task in a minute, before it is asked to wait. */
  readonly writesPerMinute: number;
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

export interface MonitoringSettings {
  /** Alarm when more requests than this end in a 5xx within five minutes. */
  readonly serverErrors: number;
  /** Alarm when the database has less free storage than this. */
  readonly freeStorageGiB: number;
}
