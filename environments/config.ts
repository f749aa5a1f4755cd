import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** What `Pulumi.<stack>.yaml` says: where the stack is, and what it is joined to. */
export interface StackConfig {
  readonly region: aws.Region;
  /** Picks the settings, see `settingsFor`. */
  readonly environment: string;
  readonly accountId: string;
  readonly availabilityZones: readonly string[];
  /** Empty for plain HTTP on the load balancer's own name. */
  readonly domainName: string;
  /** The Route 53 zone that holds `domainName`. */
  readonly hostedZone: string;
  /** Empty for nobody. */
  readonly alarmEmail: string;
  /** Empty to build `service/`. */
  readonly image: string;
  /** Of the database's instance that serves, as it is written; `database-instances.ts` reads these three. */
  readonly databaseGeneration: string;
  /** How that instance begins; empty for empty. */
  readonly databaseRestore: string;
  /** The generation that stays beside it; empty for none. */
  readonly databaseKept: string;
  /** The most that the stack's roles can be given: a policy's name, or its ARN; empty for no such limit. */
  readonly permissionsBoundary: string;
  /** Who answers for the stack, a tag on everything; empty for no tag. */
  readonly owner: string;
  /** Where this code is, a tag on everything; empty for no tag. */
  readonly repository: string;
}

/** The required keys, each with a line of `Pulumi.<stack>.yaml` that shows its form. */
const required = {
  environment: "accounts:environment: dev",
  accountId: 'accounts:accountId: "123456789012"',
  availabilityZones: "accounts:availabilityZones: [eu-west-1a, eu-west-1b]",
};
const optional = [
  "domainName", "hostedZone", "alarmEmail", "image",
  "databaseGeneration", "databaseRestore", "databaseKept", "permissionsBoundary", "owner", "repository",
];

/** Reads the stack's configuration; the only user of `pulumi.Config`. Throws a `RunError` that names the key. */
export function readStackConfig(): StackConfig {
  refuseUnknownKeys();
  const config = new pulumi.Config();
  for (const [key, example] of Object.entries(required)) {
    if (config.get(key) === undefined) {
      throw new pulumi.RunError(`accounts:${key} is missing: add it to Pulumi.<stack>.yaml, for example "${example}"`);
    }
  }
  const region = new pulumi.Config("aws").get<aws.Region>("region");
  if (region === undefined) {
    throw new pulumi.RunError("aws:region is missing: set it with `pulumi config set aws:region <region>`");
  }
  const domainName = config.get("domainName") ?? "";
  return {
    region,
    environment: config.require("environment"),
    accountId: config.require("accountId"),
    availabilityZones: zones(config),
    domainName,
    hostedZone: config.get("hostedZone") || domainName.split(".").slice(1).join("."),
    alarmEmail: config.get("alarmEmail") ?? "",
    image: config.get("image") ?? "",
    databaseGeneration: config.get("databaseGeneration") ?? "1",
    databaseRestore: config.get("databaseRestore") ?? "",
    databaseKept: config.get("databaseKept") ?? "",
    permissionsBoundary: config.get("permissionsBoundary") ?? "",
    owner: config.get("owner") ?? "",
    repository: config.get("repository") ?? "",
  };
}

/** The engine accepts a misspelt key without a word, and the optional one that was meant would keep its default. */
function refuseUnknownKeys(): void {
  const known = [...Object.keys(required), ...optional];
  for (const name of Object.keys(pulumi.runtime.allConfig())) {
    const [namespace, key = ""] = name.split(":");
    if (namespace === pulumi.getProject() && !known.includes(key)) {
      throw new pulumi.RunError(
        `${name} is not a key of this program, which knows ${known.join(", ")}: remove it with \`pulumi config rm ${name}\``,
      );
    }
  }
}

function zones(config: pulumi.Config): readonly string[] {
  const text = config.require("availabilityZones");
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((zone) => typeof zone === "string")) {
      return value;
    }
  } catch {
    // Not JSON: the same mistake as JSON of another shape, and the same message says how to mend it.
  }
  throw new pulumi.RunError(
    `accounts:availabilityZones is ${text}, but must be a list of zone names, in Pulumi.<stack>.yaml one a line with a dash`,
  );
}
