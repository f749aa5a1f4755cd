import { readStackFile, type Config } from "../../offline/stack-file";

/** The zones of the example's region. */
const zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-west-1d", "eu-west-1e", "eu-west-1f"];

/**
 * No restore, neither over nor under way: which instance serves is a matter of a stack's life and not of its code, and
 * whoever restores a database must not have to change tests first.
 */
export const withoutRestore = {
  "accounts:databaseGeneration": "1", "accounts:databaseKept": "", "accounts:databaseRestore": "",
} satisfies Config;

/** Where stacks are in tests: nor must whoever takes this project over. */
const everywhere = {
  ...withoutRestore,
  "aws:region": "eu-west-1",
  "accounts:accountId": "123456789012",
  "accounts:hostedZone": "",
  "accounts:image": "",
  "accounts:permissionsBoundary": "",
  "accounts:owner": "",
  "accounts:repository": "",
} satisfies Config;

/** What stacks are joined to. Other stacks than these two have what their own files say. */
const joined: Readonly<Record<string, Config>> = {
  dev: {
    "accounts:availabilityZones": JSON.stringify(zones.slice(0, 2)),
    "accounts:domainName": "",
    "accounts:alarmEmail": "",
  },
  prod: {
    "accounts:availabilityZones": JSON.stringify(zones.slice(0, 3)),
    "accounts:domainName": "accounts.example.com",
    "accounts:alarmEmail": "oncall@example.com",
  },
};

/** The configuration that tests give a committed stack, in the place of what its file says. */
export function exampleConfig(stack: string): Config {
  const own = readStackFile(stack);
  const { length } = JSON.parse(own["accounts:availabilityZones"] ?? "[]") as string[];
  return { ...own, "accounts:availabilityZones": JSON.stringify(zones.slice(0, length)), ...everywhere, ...joined[stack] };
}
