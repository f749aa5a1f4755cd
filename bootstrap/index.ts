import * as aws from "@pulumi/aws";

import { accountOf } from "./account";
import { Build } from "./build";
import { readBootstrapConfig } from "./config";
import { Identity } from "./identity";
import { Images } from "./images";
import { Pipelines } from "./pipelines";
import { State } from "./state";

const config = readBootstrapConfig();
const account = accountOf(config);

const provider = new aws.Provider("aws", {
  region: account.region,
  allowedAccountIds: [account.accountId],
  // Other tags than a stack's, which its pipeline's rights go by.
  defaultTags: { tags: { Project: "accounts-bootstrap", ManagedBy: "pulumi", Data: "kept" } },
});
const opts = { providers: [provider] };

const identity = new Identity("identity", { ...config, account }, opts);
const state = new State("state", account, opts);
const images = new Images("images", account, opts);
new Build("build", { account, identity, images }, opts);
const pipelines = new Pipelines("pipelines", { account, identity, state }, opts);

/** For `PULUMI_BACKEND_URL`; empty with Pulumi Cloud. */
export const backendUrl = state.url;
/** For `pulumi stack init --secrets-provider`, by stack. */
export const secretsProviders = pipelines.secretsProviders;
