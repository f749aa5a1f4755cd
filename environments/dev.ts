import type { Settings } from "./settings";

/** A place to try a change: everything prod has, as small as AWS sells it, and gone with one `pulumi destroy`. */
export const dev: Settings = {
  encryption: { keyDeletionWindowDays: 7, protect: false },
  network: { cidrBlock: "10.10.0.0/16", natGateways: "Single" },
  database: {
    instanceClass: "db.t4g.micro",
    storageGiB: 20,
    maxStorageGiB: 40,
    multiAz: false,
    applyImmediately: true,
    backupRetentionDays: 1,
    deletionProtection: false,
    generation: 1,
  },
  parameters: { secretRecoveryWindowDays: 0 },
  image: { architecture: "arm64", keptImages: 10, forceDelete: true },
  loadBalancer: {
    httpsRequired: false,
    idleTimeoutSeconds: 60,
    deregistrationDelaySeconds: 20,
    healthCheck: {
      path: "/health/ready",
      intervalSeconds: 5,
      timeoutSeconds: 2,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
    },
    deletionProtection: false,
  },
  cluster: { containerInsights: "disabled" },
  migration: { cpuUnits: 256, memoryMiB: 512, timeoutMinutes: 15 },
  service: {
    port: 8080,
    cpuUnits: 256,
    memoryMiB: 512,
    minTasks: 2,
    maxTasks: 4,
    cpuTargetPercent: 60,
    healthCheckGracePeriodSeconds: 90,
    logLevel: "debug",
    databaseConnections: 8,
    timeouts: { statementSeconds: 2, requestSeconds: 15, keepAliveSeconds: 72, drainSeconds: 15, stopSeconds: 60 },
  },
  monitoring: { serverErrors: 10, freeStorageGiB: 2 },
  logRetentionDays: 14,
};
