import * as pulumi from "@pulumi/pulumi";

import { buildRole } from "../delivery/names";
import type { Account } from "./account";
import type { Identity } from "./identity";
import type { Images } from "./images";
import { buildRights } from "./rights/build";
import { pipelineRole } from "./role";
import { trustOfBuild } from "./trust";

export interface BuildArgs {
  readonly account: Account;
  readonly identity: Identity;
  readonly images: Images;
}

/** Who pushes images; nobody in an account that holds none. */
export class Build extends pulumi.ComponentResource {
  constructor(name: string, { account, identity }: BuildArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:bootstrap:Build", name, {}, opts);

    if (account.holdsImages) {
      pipelineRole(name, {
        name: buildRole,
        description: "Pushes the image of the accounts API",
        trust: trustOfBuild(account, identity),
        sessionSeconds: 3600,
        statements: buildRights(account),
        policies: [],
      }, this);
    }
    this.registerOutputs({});
  }
}
