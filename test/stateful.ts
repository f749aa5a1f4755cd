import { environments } from "../environments";
import type { Settings } from "../environments/settings";
import type { Config } from "../offline/stack-file";

export interface Stateful {
  /** `<generation>` stands for the database instances that a stack says it has. */
  readonly urn: string;
  /** Which stacks have it, by their configuration and its environment; all where this is missing. */
  readonly where?: (config: Config) => boolean;
}

/**
 * The URN of everything that holds such things, in all committed stacks. The engine knows a resource by its URN: under
 * another one it makes another resource, and deletes the one that was there. So a URN stays here for as long as a stack
 * may have it; one that has become an alias of another, too.
 */
export const stateful: readonly Stateful[] = [
  { urn: "accounts:infra:Encryption$aws:kms/key:Key::encryption" },
  {
    urn: "accounts:infra:Network$aws:cloudwatch/logGroup:LogGroup::network-flow-log",
    where: (config) => settingsOf(config).network.flowLogs !== "none",
  },
  { urn: "accounts:infra:Database$aws:rds/instance:Instance::database-<generation>" },
  { urn: "accounts:infra:Database$aws:cloudwatch/logGroup:LogGroup::database-<generation>-postgresql-log" },
  { urn: "accounts:infra:Database$aws:cloudwatch/logGroup:LogGroup::database-<generation>-upgrade-log" },
  { urn: "accounts:infra:Parameters$aws:secretsmanager/secret:Secret::parameters-database" },
  { urn: "accounts:infra:Parameters$aws:secretsmanager/secret:Secret::parameters-api-keys" },
  { urn: "accounts:infra:Image$aws:ecr/repository:Repository::image", where: (config) => config["accounts:image"] === "" },
  {
    urn: "accounts:infra:LoadBalancer$aws:s3/bucket:Bucket::load-balancer-logs",
    where: (config) => settingsOf(config).loadBalancer.accessLogDays > 0,
  },
  {
    urn: "accounts:infra:WebFirewall$aws:cloudwatch/logGroup:LogGroup::web-firewall-log",
    where: (config) => settingsOf(config).webFirewall !== "none",
  },
  {
    urn: "accounts:infra:Cluster$aws:cloudwatch/logGroup:LogGroup::cluster-insights-log",
    where: (config) => settingsOf(config).cluster.containerInsights !== "disabled",
  },
  { urn: "accounts:infra:Migration$aws:cloudwatch/logGroup:LogGroup::migration-log" },
  { urn: "accounts:infra:Service$aws:cloudwatch/logGroup:LogGroup::service-log" },
];

function settingsOf(config: Config): Settings {
  return environments[config["accounts:environment"] as keyof typeof environments];
}

/** The URNs that a stack with this configuration has to have. */
export function statefulUrns(config: Config): string[] {
  const generations = [config["accounts:databaseGeneration"], config["accounts:databaseKept"]?.split(" ")[0]]
    .flatMap((generation) => generation ? [generation] : []);
  return stateful.filter(({ where }) => where?.(config) ?? true).flatMap(({ urn }) =>
    urn.includes("<generation>") ? generations.map((generation) => urn.replace("<generation>", generation)) : [urn]);
}
