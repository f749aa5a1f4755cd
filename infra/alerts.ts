import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { Encryption } from "./encryption";

export interface AlertsArgs {
  readonly accountId: string;
  /** Empty for nobody. */
  readonly alarmEmail: string;
  readonly encryption: Encryption;
}

/** Where everything that calls somebody goes: alarms, events of the database, failed deployments and tasks. */
export class Alerts extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;

  constructor(name: string, args: AlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Alerts", name, {}, opts);

    const topic = new aws.sns.Topic(name, { kmsMasterKeyId: args.encryption.keyArn }, { parent: this });
    new aws.sns.TopicPolicy(`${name}-policy`, {
      arn: topic.arn,
      policy: pulumi.jsonStringify(topicPolicy(topic.arn, args.accountId)),
    }, { parent: this });
    if (args.alarmEmail !== "") {
      new aws.sns.TopicSubscription(`${name}-mail`, {
        topic: topic.arn,
        protocol: "email",
        endpoint: args.alarmEmail,
      }, { parent: this });
    }

    this.topicArn = topic.arn;
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

/** It takes the place of the one that SNS makes, by which neither RDS nor EventBridge may publish. */
function topicPolicy(topicArn: pulumi.Output<string>, accountId: string) {
  const ofThisAccount = { StringEquals: { "aws:SourceAccount": accountId } };
  const publishers: [sid: string, service: string, condition?: typeof ofThisAccount][] = [
    ["AlarmsOfThisAccount", "cloudwatch", ofThisAccount],
    ["DatabaseEventsOfThisAccount", "events.rds", ofThisAccount],
    // SNS and KMS know neither account nor rule of an event that EventBridge brings to an encrypted topic.
    ["Events", "events"],
  ];
  return {
    Version: "2012-10-17" as const,
    Statement: [
      {
        Sid: "IamOfThisAccount",
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        // SNS refuses `sns:*`, because not every action of it is one of a topic.
        Action: [
          "sns:AddPermission", "sns:DeleteTopic", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:Publish",
          "sns:RemovePermission", "sns:SetTopicAttributes", "sns:Subscribe",
        ],
        Resource: topicArn,
      },
      ...publishers.map(([sid, service, condition]) => ({
        Sid: sid,
        Effect: "Allow",
        Principal: { Service: `${service}.amazonaws.com` },
        Action: "sns:Publish",
        Resource: topicArn,
        ...condition && { Condition: condition },
      })),
      {
        Sid: "NothingInPlain",
        Effect: "Deny",
        Principal: "*",
        Action: "sns:Publish",
        Resource: topicArn,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  };
}
