import * as aws from "@pulumi/aws";

import { atLeast, each, known, mustBeSet, mustNot, unless, type Controls } from "../control";
import { keepsData } from "../kept-data";

/** Logs, alarms and their topic. */
export const logs = {
  "CloudWatch.16": {
    title: "Logs are kept for a time that was chosen, a year or more where data is kept",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.cloudwatch.LogGroup, ({ retentionInDays = 0 }, { provider }) =>
      atLeast(keepsData(provider) ? 365 : 1, { retentionInDays }))],
  },
  "CKV_AWS_158": {
    title: "Logs are encrypted with a key of our own",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.cloudwatch.LogGroup, (group) => mustBeSet(group, "kmsKeyId"))],
  },
  "CloudWatch.15": {
    title: "An alarm calls somebody",
    severity: "high",
    where: "everywhere",
    resource: [each(aws.cloudwatch.MetricAlarm, ({ alarmActions = [] }) =>
      unless(alarmActions.length > 0, "alarmActions must not be empty"))],
  },
  "CloudWatch.17": {
    title: "The actions of an alarm are switched on",
    severity: "high",
    where: "everywhere",
    resource: [each(aws.cloudwatch.MetricAlarm, ({ actionsEnabled }) => mustNot({ actionsEnabled }, false))],
  },
  "missing-data-decided": {
    title: "An alarm says what it makes of missing data",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.cloudwatch.MetricAlarm, (alarm) => mustBeSet(alarm, "treatMissingData"))],
  },
  "SNS.1": {
    title: "The topic of the alarms is encrypted with a key of our own",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.sns.Topic, (topic) => [
      ...mustBeSet(topic, "kmsMasterKeyId"),
      // With AWS's own key CloudWatch may not publish, and no alarm would ever arrive.
      ...mustNot({ kmsMasterKeyId: known(() => topic.kmsMasterKeyId) }, "alias/aws/sns"),
    ])],
  },
} satisfies Controls;
