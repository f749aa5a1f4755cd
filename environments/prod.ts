import type { Settings } from "./settings";

/** Where users' data is: it survives the loss of a zone, a bad deployment and a hasty command. */
export const prod: Settings = {
  encryption: { keyDeletionWindowDays: 30, protect: true },
  network: { cidrBlock: "10.20.0.0/16", natGateways: "OnePerAz" },
  database: {
    instanceClass: "db.m7g.large",
    storageGiB: 100,
    maxStorageGiB: 500,
    multiAz: true,
    applyImmediately: false,
    backupRetentionDays: 14,
    deletionProtection: true,
    generation: 1,
  },
  parameters: { secretRecoveryWindowDays: 30 },
  image: { architecture: "arm64", keptImages: 30, forceDelete: false },
  loadBalancer: {
    httpsRequired: true,
    idleTimeoutSeconds: 60,
    deregistrationDelaySeconds: 20,
    healthCheck: {
      path: "/health/ready",
      intervalSeconds: 5,
      timeoutSeconds: 2,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
    },
    deletionProtection: true,
  },
  cluster: { containerInsights: "enhanced" },
  migration: { cpuUnits: 512, memoryMiB: 1024, timeoutMinutes: 15 },
  service: {
    port: 8080,
    cpuUnits: 1024,
    memoryMiB: 2048,
    minTasks: 3,
    maxTasks: 12,
    cpuTargetPercent: 60,
    healthCheckGracePeriodSeconds: 90,
    logLevel: "info",
    databaseConnections: 10,
    timeouts: { statementSeconds: 2, requestSeconds: 15, keepAliveSeconds: 72, drainSeconds: 15, stopSeconds: 60 },
  },
  monitoring: { serverErrors: 10, freeStorageGiB: 20 },
  logRetentionDays: 365,
};
