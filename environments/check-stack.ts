import type { StackConfig } from "./config";
import type { Settings } from "./settings";

/** A /16 holds four slices of a /18, one a zone. */
const mostZones = 4;

/** What `Pulumi.<stack>.yaml` says against the settings it picked: one line a problem, empty when all is well. */
export function checkStack(config: StackConfig, settings: Settings): string[] {
  const { availabilityZones: zones, domainName, hostedZone, image } = config;
  const rules: [boolean, string][] = [
    [/^\d{12}$/.test(config.accountId),
      `accounts:accountId is "${config.accountId}", but must be the 12 digits of an AWS account, in quotes`],
    // Our policies name ARNs and service principals of the partition `aws`.
    [!/^(cn|us-gov|us-iso)/.test(config.region),
      `aws:region is ${config.region}, but must be one outside of China and the US government's partitions`],
    [zones.length >= 2 && zones.length <= mostZones && new Set(zones).size === zones.length,
      `accounts:availabilityZones is [${zones.join(", ")}], but must name 2 to ${mostZones} different zones`],
    [zones.every((zone) => zone.slice(0, -1) === config.region && /[a-z]$/.test(zone)),
      `accounts:availabilityZones is [${zones.join(", ")}], but all must be zones of aws:region ${config.region}, such as ${config.region}a`],
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
    [config.alarmEmail === "" || /^[^@\s]+@[^@\s]+$/.test(config.alarmEmail),
      `accounts:alarmEmail is "${config.alarmEmail}", but must be a mail address or empty`],
    [image === "" || /^[^\s@]+@sha256:[0-9a-f]{64}$/.test(image),
      `accounts:image is "${image}", but must carry its digest: <repository>@sha256:<64 hex digits>`],
    [!/\/accounts-.+-image-[0-9a-f]{6}(:[^@]+)?@/.test(image),
      `accounts:image is "${image}", which lives in a stack's own repository and goes away with it: ` +
      "push it to a repository of the account and name that one"],
  ];
  return rules.filter(([holds]) => !holds).map(([, problem]) => problem);
}
