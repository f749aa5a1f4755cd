import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { EncryptionSettings } from "../environments/settings";
import { logGroupPatterns, prefix } from "./names";

export interface EncryptionArgs extends EncryptionSettings {
  readonly region: string;
  readonly accountId: string;
}

/** The environment's key: it encrypts the database, the secrets, the logs and the alarms' topic. */
export class Encryption extends pulumi.ComponentResource {
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: EncryptionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Encryption", name, {}, opts);

    const key = new aws.kms.Key(name, {
      description: `${prefix}: database, secrets, logs and alarms`,
      enableKeyRotation: true,
      deletionWindowInDays: args.keyDeletionWindowDays,
      policy: JSON.stringify(keyPolicy(args)),
    // Retained, because snapshots outlive a protected stack and are worth nothing without the key.
    }, { parent: this, protect: args.protect, retainOnDelete: args.protect });

    new aws.kms.Alias(`${name}-alias`, { name: `alias/${prefix}`, targetKeyId: key.id }, { parent: this });

    this.keyArn = key.arn;
    this.registerOutputs({ keyArn: this.keyArn });
  }
}

/**
 * Delegates to IAM through the account root and names AWS's services only: naming our roles here would be a cycle,
 * since they name the key.
 */
function keyPolicy({ region, accountId }: EncryptionArgs): aws.iam.PolicyDocument {
  const ofThisAccount = { StringEquals: { "aws:SourceAccount": accountId } };
  const logGroups = logGroupPatterns.map((pattern) => `arn:aws:logs:${region}:${accountId}:log-group:${pattern}`);
  const publish = ["kms:Decrypt", "kms:GenerateDataKey*"];
  return {
    Version: "2012-10-17",
    Statement: [
      { Sid: "IamOfThisAccount", Effect: "Allow", Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: "kms:*", Resource: "*" },
      allow("LogGroupsOfThisStack", `logs.${region}`,
        ["kms:Decrypt", "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        { ArnLike: { "kms:EncryptionContext:aws:logs:arn": logGroups } }),
      allow("AlarmsToTheirTopic", "cloudwatch", publish, ofThisAccount),
      allow("DatabaseEventsToTheirTopic", "events.rds", publish, ofThisAccount),
      // AWS supports no condition on the source here: with one, no event would reach the topic.
      allow("EventsToTheirTopic", "events", publish),
    ],
  };
}

type Condition = aws.iam.PolicyStatement["Condition"];

function allow(sid: string, service: string, actions: string[], condition?: Condition): aws.iam.PolicyStatement {
  return {
    Sid: sid,
    Effect: "Allow",
    Principal: { Service: `${service}.amazonaws.com` },
    Action: actions,
    Resource: "*",
    ...condition && { Condition: condition },
  };
}
