import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { imageRepository, promotedTagPrefix } from "../delivery/names";
import type { Account, Stack } from "./account";
import { policyDocument, roleArns, type Statement } from "./document";

/** Beside those that were promoted: what dev has run in the last weeks. */
const keptBuilds = 100;

/** A rule must have a number. ECR holds as many images in a repository, so that none is ever one too many. */
const everyImage = 100_000;

/** Where each image is pushed once, for all stacks; nothing in an account whose stacks run images of another. */
export class Images extends pulumi.ComponentResource {
  constructor(name: string, account: Account, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:bootstrap:Images", name, {}, opts);

    if (account.holdsImages) {
      this.repository(name, account.readers);
    }
    this.registerOutputs({});
  }

  private repository(name: string, readers: readonly Stack[]): void {
    const repository = new aws.ecr.Repository(name, {
      name: imageRepository,
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      // A key of ours would keep other accounts from pulling.
      encryptionConfigurations: [{ encryptionType: "AES256" }],
      forceDelete: false,
    }, { parent: this, protect: true });
    new aws.ecr.LifecyclePolicy(`${name}-lifecycle`, {
      repository: repository.name,
      policy: JSON.stringify({ rules: lifecycleRules() }),
    }, { parent: this });
    if (readers.length > 0) {
      new aws.ecr.RepositoryPolicy(`${name}-readers`, {
        repository: repository.name,
        policy: policyDocument(readers.map(mayPull)),
      }, { parent: this });
    }
  }
}

/**
 * An image that a rule selects is out of reach for the rules below it, whatever other tags it has. None is for untagged
 * ones: these are the parts of an image that has a tag (one an architecture, and its attestations).
 */
function lifecycleRules() {
  const rule = (rulePriority: number, description: string, pattern: string, countNumber: number) => ({
    rulePriority,
    description,
    selection: { tagStatus: "tagged", tagPatternList: [pattern], countType: "imageCountMoreThan", countNumber },
    action: { type: "expire" },
  });
  return [
    rule(1, "Keep what was promoted", `${promotedTagPrefix}*`, everyImage),
    rule(2, `Keep the last ${keptBuilds} builds`, "*", keptBuilds),
  ];
}

/** ECS pulls as the stack's execution roles. A role that is not there yet cannot be a principal, but a condition. */
function mayPull(stack: Stack): Statement {
  return {
    Sid: `Pull${stack.accountId}${stack.name.replaceAll("-", "")}`,
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${stack.accountId}:root` },
    Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    Condition: { ArnLike: { "aws:PrincipalArn": roleArns(stack, `accounts-${stack.name}-*`) } },
  };
}
