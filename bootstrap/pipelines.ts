import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { deploySessionSeconds, pipelinePolicy, roleOf, secretsKeyAlias, secretsProvider } from "../delivery/names";
import type { Account, Stack } from "./account";
import type { Statement } from "./document";
import type { Identity } from "./identity";
import { boundary } from "./rights/boundary";
import { dataRights } from "./rights/data";
import { guard } from "./rights/guard";
import { networkRights } from "./rights/network";
import { neverInPreviews } from "./rights/preview";
import { readRights, watchReadRights } from "./rights/read";
import { serviceRights } from "./rights/service";
import { stateRights } from "./rights/state";
import { watchRights } from "./rights/watch";
import { managedPolicy, pipelineRole } from "./role";
import type { State } from "./state";
import { trustOf } from "./trust";

export interface PipelinesArgs {
  readonly account: Account;
  readonly identity: Identity;
  readonly state: State;
}

/** A preview is done in minutes. */
const previewSessionSeconds = 3600;

/** For each stack: the key of its secrets, the role of its previews, the one that deploys it, and what holds that. */
export class Pipelines extends pulumi.ComponentResource {
  /** By stack. */
  readonly secretsProviders: Readonly<Record<string, string>>;

  constructor(name: string, args: PipelinesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:bootstrap:Pipelines", name, {}, opts);

    for (const stack of args.account.stacks) {
      this.pipeline(stack, args);
    }
    this.secretsProviders = Object.fromEntries(args.account.stacks
      .map((stack) => [stack.name, secretsProvider(stack.name, stack)]));
    this.registerOutputs({ secretsProviders: this.secretsProviders });
  }

  private pipeline(stack: Stack, { account, identity, state }: PipelinesArgs): void {
    const { name } = stack;
    const keys = { secretsKeyArn: this.secretsKey(name), stateKeyArn: state.keyArn };
    const policy = (kind: string, description: string, statements: readonly Statement[]) =>
      managedPolicy(`${kind}-${name}`, pipelinePolicy(kind, name), description, statements, this);
    policy("boundary", `The most that a role of the stack ${name} can be given`, boundary(stack));
    const read = [
      policy("read", `To look at the stack ${name}`, readRights(stack)),
      policy("read-watch", `To look at the alarms and the door of the stack ${name}`, watchReadRights(stack)),
    ];
    pipelineRole(`preview-${name}`, {
      name: roleOf("preview", name),
      description: `Previews the stack ${name}, with code of pull requests`,
      trust: trustOf("preview", stack, account, identity),
      sessionSeconds: previewSessionSeconds,
      statements: [...stateRights("preview", stack, keys), ...neverInPreviews(stack)],
      policies: read,
    }, this);
    pipelineRole(`deploy-${name}`, {
      name: roleOf("deploy", name),
      description: `Deploys the stack ${name}`,
      trust: trustOf("deploy", stack, account, identity),
      sessionSeconds: deploySessionSeconds,
      statements: stateRights("deploy", stack, keys),
      policies: [
        ...read,
        policy("network", `To deploy the network of the stack ${name}`, networkRights(stack)),
        policy("data", `To deploy what holds the data of the stack ${name}`, dataRights(stack)),
        policy("service", `To deploy the service of the stack ${name}`, serviceRights(stack)),
        policy("watch", `To deploy the alarms and the door of the stack ${name}`, watchRights(stack)),
      ],
      permissionsBoundary: policy("guard", `What deploying the stack ${name} can never do`, guard(stack)),
    }, this);
  }

  private secretsKey(stack: string): pulumi.Output<string> {
    const key = new aws.kms.Key(`secrets-${stack}`, {
      description: `Secrets in the configuration and state of the stack ${stack}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
    }, { parent: this, protect: true });
    new aws.kms.Alias(`secrets-${stack}-alias`, { name: secretsKeyAlias(stack), targetKeyId: key.id }, { parent: this });
    return key.arn;
  }
}
