import type { Plan } from "../render";

/** A resource type of which something runs here. */
interface Rehearsed {
  /** Inputs that count here as they do in AWS. */
  readonly here: readonly string[];
  /** What does not, in words, with the inputs that say it. */
  readonly not: Readonly<Record<string, readonly string[]>>;
  /** What of the inputs under `here` does not count after all. */
  readonly partly?: string;
}

const containerInAws = "user, read-only root, capabilities and image of the container";

/** Every other type of the plan is not rehearsed at all. */
export const rehearsed: Readonly<Record<string, Rehearsed>> = {
  "aws:rds/instance:Instance": {
    here: ["dbName", "engine", "engineVersion", "identifier", "manageMasterUserPassword", "parameterGroupName", "username"],
    not: {
      "size": ["allocatedStorage", "instanceClass", "maxAllocatedStorage", "storageType"],
      "network": ["dbSubnetGroupName", "port", "publiclyAccessible", "vpcSecurityGroupIds"],
      "encryption": ["kmsKeyId", "masterUserSecretKmsKeyId", "storageEncrypted"],
      "certificate": ["caCertIdentifier"],
      "standby": ["multiAz"],
      "backups": [
        "backupRetentionPeriod", "backupWindow", "copyTagsToSnapshot", "deleteAutomatedBackups", "finalSnapshotIdentifier",
        "skipFinalSnapshot",
      ],
      "deletion protection": ["deletionProtection"],
      "upgrades and maintenance": [
        "allowMajorVersionUpgrade", "applyImmediately", "autoMinorVersionUpgrade", "engineLifecycleSupport", "maintenanceWindow",
      ],
      "logs and insights": [
        "databaseInsightsMode", "enabledCloudwatchLogsExports", "monitoringInterval", "monitoringRoleArn",
        "performanceInsightsEnabled", "performanceInsightsKmsKeyId", "performanceInsightsRetentionPeriod",
      ],
      "logins with IAM": ["iamDatabaseAuthenticationEnabled"],
    },
  },
  "aws:rds/parameterGroup:ParameterGroup": {
    here: ["family", "parameters"], not: {}, partly: "all parameters but rds.force_ssl",
  },
  "aws:secretsmanager/secret:Secret": {
    here: [], not: { "encryption": ["kmsKeyId"], "recovery window": ["recoveryWindowInDays"] },
  },
  "aws:ssm/parameter:Parameter": { here: ["insecureValue", "type"], not: {} },
  "aws:cloudwatch/logGroup:LogGroup": {
    here: [], not: { "retention": ["retentionInDays"], "encryption": ["kmsKeyId"] },
  },
  "aws:ecs/cluster:Cluster": { here: [], not: { "Container Insights": ["settings"] } },
  "aws:ecs/taskDefinition:TaskDefinition": {
    here: ["containerDefinitions", "family"],
    not: {
      "CPU and memory": ["cpu", "memory"],
      "roles": ["executionRoleArn", "taskRoleArn"],
      "platform": ["networkMode", "requiresCompatibilities", "runtimePlatform"],
    },
    partly: containerInAws,
  },
  "awsx:ecs:FargateService": {
    here: ["cluster", "desiredCount", "healthCheckGracePeriodSeconds", "loadBalancers", "taskDefinitionArgs"],
    not: {
      "subnets and firewall": ["networkConfiguration"],
      "rollout": [
        "alarms", "deploymentCircuitBreaker", "deploymentMaximumPercent", "deploymentMinimumHealthyPercent", "forceNewDeployment",
      ],
      "zones": ["availabilityZoneRebalancing"],
      "capacity": ["capacityProviderStrategies"],
      "tags": ["enableEcsManagedTags", "propagateTags"],
      "that nobody gets a shell": ["enableExecuteCommand"],
    },
    partly: `CPU, memory, roles and platform of the task, ${containerInAws}`,
  },
  "awsx:lb:ApplicationLoadBalancer": {
    here: ["defaultTargetGroup", "idleTimeout", "listeners"],
    not: {
      "subnets and firewall": ["securityGroups", "subnetIds"],
      "header and desync rules": ["desyncMitigationMode", "dropInvalidHeaderFields"],
      "deletion protection": ["enableDeletionProtection"],
      "zonal shift": ["enableZonalShift"],
      "access logs": ["accessLogs"],
    },
    partly: "TLS, headers of the listeners, redirect from port 80",
  },
};

/** What people read, and nothing acts on. */
export const labels: readonly string[] = ["description", "name", "tags"];

/** Grouping by component and by provider says nothing about a cloud. */
const notOfACloud = /^(accounts:infra:|pulumi:)/;

export interface NotRehearsed {
  /** Of the types that run here: what of them does not. */
  readonly parts: readonly string[];
  /** The types that do not run here, with how many resources of the plan they are. */
  readonly types: readonly string[];
}

/** What of a plan this computer does not show. */
export function notRehearsed(plan: Plan): NotRehearsed {
  const resources = plan.resources.filter(({ type }) => !notOfACloud.test(type));
  const types = [...new Set(resources.map(({ type }) => type))].toSorted();
  const ofType = (wanted: string) => resources.filter(({ type }) => type === wanted);
  return {
    parts: types.flatMap((type) => {
      const words = missing(type, new Set(ofType(type).flatMap(({ inputs }) => Object.keys(inputs))));
      return words.length === 0 ? [] : [`${shortType(type)}: ${words.join(", ")}`];
    }),
    types: types.filter((type) => !(type in rehearsed)).map((type) => `${shortType(type)} (${ofType(type).length})`),
  };
}

/** Of a type that runs here and has these inputs. */
function missing(type: string, inputs: ReadonlySet<string>): string[] {
  const { not = {}, partly } = rehearsed[type] ?? {};
  const words = Object.entries(not).filter(([, said]) => said.some((input) => inputs.has(input))).map(([word]) => word);
  return [...words, ...partly === undefined ? [] : [partly]];
}

/** `aws:rds/instance:Instance` is `aws.rds.Instance` to whoever writes the program. */
function shortType(type: string): string {
  const [provider, module = "", name] = type.split(":");
  return `${provider}.${module.split("/")[0]}.${name}`;
}
