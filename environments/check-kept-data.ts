import type { Rule } from "./rule";
import type { Settings } from "./settings";

type Demand = readonly [holds: boolean, field: string, value: unknown, allowed: string];

/** What `keepsData` asks of the other settings, so that no environment is half of each kind. */
export function checkKeptData(settings: Settings, rule: Rule): void {
  const because = settings.keepsData ? "because keepsData is true"
    : "because keepsData is false: such an environment has to go, and come again, without a question";
  const demands = settings.keepsData ? [...kept(settings), ...watched(settings)] : disposable(settings);
  for (const [holds, field, value, allowed] of demands) {
    rule(holds, field, value, `${allowed}, ${because}`);
  }
}

/** Nothing of the data is lost with a zone, a machine or a hasty command. */
function kept(settings: Settings): Demand[] {
  const { encryption, database, parameters, image } = settings;
  const { keyDeletionWindowDays } = encryption;
  const { backupRetentionDays, multiAz, applyImmediately } = database;
  const { secretRecoveryWindowDays } = parameters;
  return [
    ...protections(settings).map(([field, value]): Demand => [value, field, value, "true"]),
    [keyDeletionWindowDays === 30, "encryption.keyDeletionWindowDays", keyDeletionWindowDays, "30"],
    [multiAz, "database.multiAz", multiAz, "true"],
    [!applyImmediately, "database.applyImmediately", applyImmediately, "false"],
    [backupRetentionDays >= 7, "database.backupRetentionDays", backupRetentionDays, "7 or more"],
    [secretRecoveryWindowDays >= 7, "parameters.secretRecoveryWindowDays", secretRecoveryWindowDays, "7 or more"],
    [!image.forceDelete, "image.forceDelete", image.forceDelete, "false"],
  ];
}

/** Nobody gets in unseen, and nothing ends unnoticed. */
function watched(settings: Settings): Demand[] {
  const { network, database, loadBalancer, webFirewall, rotation, service, monitoring, logRetentionDays } = settings;
  const { containerInsights } = settings.cluster;
  const { monitoringIntervalSeconds } = database;
  const { httpsRequired, accessLogDays } = loadBalancer;
  const { recipientRequired, monthlyBudgetUsd } = monitoring;
  return [
    [network.natGateways !== "Single", "network.natGateways", network.natGateways, "OnePerAz or None"],
    [network.flowLogs !== "none", "network.flowLogs", network.flowLogs, "REJECT or ALL"],
    [monitoringIntervalSeconds > 0, "database.monitoringIntervalSeconds", monitoringIntervalSeconds, "above 0"],
    [httpsRequired, "loadBalancer.httpsRequired", httpsRequired, "true"],
    [accessLogDays >= 90, "loadBalancer.accessLogDays", accessLogDays, "90 or more"],
    [webFirewall !== "none", "webFirewall", webFirewall, "a limit of requests"],
    [containerInsights !== "disabled", "cluster.containerInsights", containerInsights, "enabled or enhanced"],
    [rotation !== "none", "rotation", rotation, "a schedule"],
    [service.spotPercent === 0, "service.spotPercent", service.spotPercent, "0"],
    [!["debug", "trace"].includes(service.logLevel), "service.logLevel", service.logLevel, "info or higher"],
    [!service.apiPage, "service.apiPage", service.apiPage, "false"],
    ...service.corsOrigins.map((origin): Demand => [origin.startsWith("https:"), "service.corsOrigins", origin, "origins with https"]),
    [recipientRequired, "monitoring.recipientRequired", recipientRequired, "true"],
    [monthlyBudgetUsd > 0, "monitoring.monthlyBudgetUsd", monthlyBudgetUsd, "above 0"],
    [logRetentionDays >= 365, "logRetentionDays", logRetentionDays, "365 or more"],
  ];
}

/** Each name is free again at once after one `pulumi destroy`. */
function disposable(settings: Settings): Demand[] {
  const { image: { forceDelete }, parameters: { secretRecoveryWindowDays } } = settings;
  return [
    ...protections(settings).map(([field, value]): Demand => [!value, field, value, "false"]),
    [secretRecoveryWindowDays === 0, "parameters.secretRecoveryWindowDays", secretRecoveryWindowDays, "0"],
    [forceDelete, "image.forceDelete", forceDelete, "true"],
  ];
}

function protections({ encryption, database, parameters, image, loadBalancer }: Settings): [string, boolean][] {
  return [
    ["encryption.protect", encryption.protect],
    ["database.deletionProtection", database.deletionProtection],
    ["parameters.protect", parameters.protect],
    ["image.protect", image.protect],
    ["loadBalancer.deletionProtection", loadBalancer.deletionProtection],
  ];
}
