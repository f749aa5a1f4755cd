import type { StackConfig } from "../../environments/config";

/** A stack of dev with nothing but what is required. */
export const plain: StackConfig = {
  region: "eu-west-1",
  environment: "dev",
  accountId: "123456789012",
  availabilityZones: ["eu-west-1a", "eu-west-1b"],
  domainName: "",
  hostedZone: "",
  alarmEmail: "",
  image: "",
  databaseGeneration: "1",
  databaseRestore: "",
  databaseKept: "",
  permissionsBoundary: "",
  owner: "",
  repository: "",
};
