import * as aws from "@pulumi/aws";

import type { logs } from "../../../policy/controls/logs";
import { a, disposable, kept, type Cases, type Inputs } from "../examples";

const group = (inputs: Inputs<typeof aws.cloudwatch.LogGroup>) =>
  kept(a(aws.cloudwatch.LogGroup, inputs));
const alarm = (inputs: Inputs<typeof aws.cloudwatch.MetricAlarm>) =>
  kept(a(aws.cloudwatch.MetricAlarm, inputs));

export const logCases: Cases<typeof logs> = {
  "CloudWatch.16": {
    passes: [group({ retentionInDays: 365 }), disposable(a(aws.cloudwatch.LogGroup, { retentionInDays: 14 }))],
    fails: [
      [group({ retentionInDays: 364 }), /retentionInDays must be 365 or more, is 364/],
      // Of whoever does not say what becomes of the data, more is asked.
      [[a(aws.cloudwatch.LogGroup, { retentionInDays: 180 })], /retentionInDays must be 365 or more, is 180/],
      [disposable(a(aws.cloudwatch.LogGroup, {})), /retentionInDays must be 1 or more, is 0/],
    ],
  },
  "CKV_AWS_158": { passes: [group({ kmsKeyId: "key" })], fails: [[group({}), /kmsKeyId must be set/]] },
  "CloudWatch.15": {
    passes: [alarm({ alarmActions: ["topic"] })],
    fails: [
      [alarm({}), /alarmActions must not be empty/],
      [alarm({ alarmActions: [] }), /alarmActions must not be empty/],
    ],
  },
  "CloudWatch.17": {
    passes: [alarm({}), alarm({ actionsEnabled: true })],
    fails: [[alarm({ actionsEnabled: false }), /actionsEnabled must not be false/]],
  },
  "missing-data-decided": {
    passes: [alarm({ treatMissingData: "breaching" })],
    fails: [[alarm({}), /treatMissingData must be set/]],
  },
  "SNS.1": {
    passes: [kept(a(aws.sns.Topic, { kmsMasterKeyId: "key" }))],
    fails: [
      [kept(a(aws.sns.Topic, {})), /kmsMasterKeyId must be set/],
      [kept(a(aws.sns.Topic, { kmsMasterKeyId: "alias/aws/sns" })), /kmsMasterKeyId must not be "alias\/aws\/sns"/],
    ],
  },
};
