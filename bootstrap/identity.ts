import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { Account } from "./account";
import type { BootstrapConfig } from "./config";
import { gitHubIssuer, pulumiIssuer } from "./trust";

export interface IdentityArgs extends Pick<BootstrapConfig, "gitHubProvider" | "pulumiProvider"> {
  readonly account: Account;
}

/** Whose word AWS takes for who somebody is. No key is stored anywhere. */
export class Identity extends pulumi.ComponentResource {
  readonly gitHubArn: pulumi.Output<string>;
  /** Empty where no stack is deployed by Pulumi Deployments. */
  readonly pulumiArn: pulumi.Output<string>;

  constructor(name: string, args: IdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:bootstrap:Identity", name, {}, opts);

    this.gitHubArn = this.provider(`${name}-github`, args.gitHubProvider, gitHubIssuer, "sts.amazonaws.com");
    const { organization = "", stacks } = args.account;
    this.pulumiArn = stacks.some(({ deployedBy }) => deployedBy === "pulumi-deployments")
      ? this.provider(`${name}-pulumi`, args.pulumiProvider, pulumiIssuer, organization)
      : pulumi.output("");
    this.registerOutputs({ gitHubArn: this.gitHubArn, pulumiArn: this.pulumiArn });
  }

  /** An account can have one provider an issuer: the one it has, or a new one, which everything else depends on. */
  private provider(name: string, existing: string, issuer: string, audience: string): pulumi.Output<string> {
    return existing !== "" ? pulumi.output(existing) : new aws.iam.OpenIdConnectProvider(name, {
      url: `https://${issuer}`,
      clientIdLists: [audience],
    }, { parent: this, protect: true }).arn;
  }
}
