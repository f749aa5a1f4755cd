import * as pulumi from "@pulumi/pulumi";

import type { Place } from "../delivery/names";

/** What `Pulumi.<account>.yaml` says. */
export interface BootstrapConfig extends Place {
  /** ARN of an OIDC provider that the account has already, since it can have one an issuer; empty to make it. */
  readonly gitHubProvider: string;
  readonly pulumiProvider: string;
}

/** Reads the stack's configuration; the only user of `pulumi.Config` here. Throws a `RunError` that names the key. */
export function readBootstrapConfig(): BootstrapConfig {
  const config = new pulumi.Config();
  const read = {
    accountId: config.require("accountId"),
    region: new pulumi.Config("aws").require("region"),
    gitHubProvider: config.get("gitHubProvider") ?? "",
    pulumiProvider: config.get("pulumiProvider") ?? "",
  };
  if (!/^\d{12}$/.test(read.accountId)) {
    throw new pulumi.RunError(
      `accounts-bootstrap:accountId is "${read.accountId}", but must be the 12 digits of an AWS account, in quotes`);
  }
  for (const key of ["gitHubProvider", "pulumiProvider"] as const) {
    const ofThisAccount = `arn:aws:iam::${read.accountId}:oidc-provider/`;
    if (read[key] !== "" && !read[key].startsWith(ofThisAccount)) {
      throw new pulumi.RunError(
        `accounts-bootstrap:${key} is "${read[key]}", but must be empty, or an ARN that begins with ${ofThisAccount}`);
    }
  }
  return read;
}
