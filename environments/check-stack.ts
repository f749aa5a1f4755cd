import type { StackConfig } from "./config";
import { readInstances } from "./database-instances";
import type { Settings } from "./settings";

type Rules = [holds: boolean, problem: string][];

/** A /16 holds four slices of a /18, one a zone. */
const mostZones = 4;

/** What `Pulumi.<stack>.yaml` says against the settings it picked: one line a problem, empty when all is well. */
export function checkStack(config: StackConfig, settings: Settings): string[] {
  const { availabilityZones: zones, domainName, hostedZone, image } = config;
  const rules: Rules = [
    [/^\d{12}$/.test(config.accountId),
      `accounts:accountId is "${config.accountId}", but must be the 12 digits of an AWS account, in quotes`],
    // Our policies name ARNs and service principals of the partition `aws`.
    [!/^(cn|us-gov|us-iso)/.test(config.region),
      `aws:region is ${config.region}, but must be one outside of China and the US government's partitions`],
    [zones.length >= 2 && zones.length <= mostZones && new Set(zones).size === zones.length,
      `accounts:availabilityZones is [${zones.join(", ")}], but must name 2 to ${mostZones} different zones`],
    [zones.every((zone) => zone.slice(0, -1) === config.region && /[a-z]$/.test(zone)),
      `accounts:availabilityZones is [${zones.join(", ")}], but all must be zones of aws:region ${config.region}, such as ${config.region}a`],
    [settings.service.minTasks >= zones.length || !settings.keepsData,
      `accounts:availabilityZones is [${zones.join(", ")}], but must name no more than service.minTasks of environment ` +
      `${config.environment}, ${settings.service.minTasks}: where data is kept, each zone has a task, and its loss costs no more than its share`],
    [domainName !== "" || !settings.loadBalancer.httpsRequired,
      `accounts:domainName is empty, but environment ${config.environment} serves HTTPS only: ` +
      "set it with `pulumi config set accounts:domainName <name>`"],
    [domainName === "" || /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(domainName),
      `accounts:domainName is "${domainName}", but must be a host name such as accounts.example.com`],
    [domainName === "" || hostedZone.includes("."),
      `accounts:hostedZone is "${hostedZone}", but must be a zone of your own: for ${domainName} set it with ` +
      "`pulumi config set accounts:hostedZone <zone>`"],
    [domainName === hostedZone || domainName.endsWith(`.${hostedZone}`),
      `accounts:hostedZone is "${hostedZone}", but must be the zone that holds accounts:domainName "${domainName}"`],
    [config.alarmEmail !== "" || !settings.monitoring.recipientRequired,
      `accounts:alarmEmail is empty, but environment ${config.environment} calls somebody: ` +
      "set it with `pulumi config set accounts:alarmEmail <address>`"],
    [config.alarmEmail === "" || /^[^@\s]+@[^@\s]+$/.test(config.alarmEmail),
      `accounts:alarmEmail is "${config.alarmEmail}", but must be a mail address or empty`],
    [image === "" || /^[^\s@]+@sha256:[0-9a-f]{64}$/.test(image),
      `accounts:image is "${image}", but must carry its digest: <repository>@sha256:<64 hex digits>`],
    [!/\/accounts-.+-image-[0-9a-f]{6}(:[^@]+)?@/.test(image),
      `accounts:image is "${image}", which lives in a stack's own repository and goes away with it: ` +
      "push it to a repository of the account and name that one"],
    [boundaryPattern(config.accountId).test(config.permissionsBoundary),
      `accounts:permissionsBoundary is "${config.permissionsBoundary}", but must be the name of a policy of the account, such ` +
      `as pipeline-accounts-boundary-dev, its ARN (arn:aws:iam::${config.accountId}:policy/<name>) or empty`],
    ...tagRules({ owner: config.owner, repository: config.repository }),
    ...databaseRules(config),
  ];
  return rules.filter(([holds]) => !holds).map(([, problem]) => problem);
}

/** IAM takes a policy of the account itself for a boundary, or one of AWS's own. */
function boundaryPattern(accountId: string): RegExp {
  return new RegExp(String.raw`^(|(arn:aws:iam::(${accountId}|aws):policy/([\w+=,.@-]+/)*)?[\w+=,.@-]{1,128})$`);
}

/** AWS's rules for the value of a tag. */
function tagRules(tags: Readonly<Record<string, string>>): Rules {
  return Object.entries(tags).map(([key, value]) => [/^[\p{L}\p{N} +=.:/@_-]{0,256}$/u.test(value),
    `accounts:${key} is "${value}", but must be up to 256 letters, digits, spaces and + - = . _ : / @, as it is a tag`]);
}

/** A restore is another generation beside the one that served; what may be wrong with the two of them. */
function databaseRules(config: StackConfig): Rules {
  const { databaseGeneration: generation, databaseRestore: restore, databaseKept: kept } = config;
  const written = readInstances(config);
  const beside = typeof written.kept === "object" ? written.kept.generation : undefined;
  const fromKept = typeof written.restore === "object" && written.restore.from !== "snapshot";
  return [
    [written.generation !== undefined, `accounts:databaseGeneration is "${generation}", but must be 1 to 99, a whole number`],
    [written.restore !== undefined,
      `accounts:databaseRestore is "${restore}", but must be snapshot:<its identifier>, time:<such as 2026-01-31T09:30:00Z>, ` +
      "time:latest or empty"],
    [written.kept !== undefined,
      `accounts:databaseKept is "${kept}", but must be a generation such as "1", "1 unprotected" or empty`],
    [restore === "" || written.generation !== 1,
      `accounts:databaseRestore is "${restore}", but accounts:databaseGeneration is 1: a restore makes another instance, ` +
      "so count the generation up"],
    [!fromKept || kept !== "",
      `accounts:databaseRestore is "${restore}", but accounts:databaseKept is empty: name the generation whose state is ` +
      "restored, or remove accounts:databaseRestore once the new instance serves"],
    [beside === undefined || beside !== written.generation,
      `accounts:databaseKept is "${kept}", but must be another generation than the one that serves, ` +
      `accounts:databaseGeneration (${generation})`],
    // The way back to the old instance keeps the new one.
    [beside === undefined || restore === "" || beside <= (written.generation ?? Infinity),
      `accounts:databaseKept is "${kept}", but must be a generation below accounts:databaseGeneration (${generation}) while ` +
      "accounts:databaseRestore is set: a restore makes a newer instance"],
  ];
}
