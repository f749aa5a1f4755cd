import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { Alerts } from "./alerts";
import type { Cluster } from "./cluster";
import type { Database } from "./database";
import type { Image } from "./image";
import type { Migration } from "./migration";
import { prefix } from "./names";
import type { Service } from "./service";
import { whatToDo } from "./watch";

export interface EventsArgs {
  readonly region: string;
  readonly accountId: string;
  readonly alerts: Alerts;
  readonly database: Database;
  readonly image: Image;
  readonly cluster: Cluster;
  readonly migration: Migration;
  readonly service: Service;
}

/** What happens once and is over, which no metric shows. Returns the names of the rules that tell of it. */
export function tellOfEvents(name: string, args: EventsArgs, parent: pulumi.Resource): pulumi.Output<string>[] {
  subscribe(name, args, parent);
  const { alerts, image: { repositoryName } } = args;
  return [
    tellOf(`${name}-deployment-failed`, {
      description: "ECS has given a deployment of the service up",
      pattern: failedDeployment(args),
      facts: { reason: "$.detail.reason" },
      mail: `ECS has given a deployment of ${prefix} up (<reason>). ${whatToDo("A deployment was taken back")}`,
    }, alerts, parent),
    tellOf(`${name}-task-failed`, {
      description: "A migration or a rotation has failed",
      pattern: failedTask(args),
      facts: { task: "$.detail.taskArn", code: "$.detail.stopCode" },
      mail: `A one-off task of ${prefix} has failed (<code>): <task>. ${whatToDo("A one-off task failed")}`,
    }, alerts, parent),
    ...repositoryName === undefined ? [] : [tellOf(`${name}-image-findings`, {
      description: "ECR has found something critical in an image",
      pattern: criticalFindings(repositoryName),
      facts: { digest: "$.detail.image-digest", count: "$.detail.finding-severity-counts.CRITICAL" },
      mail: `ECR has found <count> critical weaknesses in the image <digest> of ${prefix}. ${whatToDo("An image has weaknesses")}`,
    }, alerts, parent)],
  ];
}

interface Told {
  readonly description: string;
  readonly pattern: object;
  /** Where in the event stands what the mail names in brackets. */
  readonly facts: Readonly<Record<string, string>>;
  readonly mail: string;
}

function tellOf(name: string, told: Told, alerts: Alerts, parent: pulumi.Resource): pulumi.Output<string> {
  const { description, pattern, facts, mail } = told;
  const rule = new aws.cloudwatch.EventRule(name, {
    description,
    eventPattern: pulumi.jsonStringify(pattern),
  }, { parent });
  new aws.cloudwatch.EventTarget(name, {
    rule: rule.name,
    arn: alerts.topicArn,
    inputTransformer: { inputPaths: facts, inputTemplate: JSON.stringify(mail) },
  }, { parent });
  return rule.name;
}

/** By the circuit breaker or by an alarm. */
function failedDeployment({ region, accountId, cluster, service }: EventsArgs) {
  const { clusterName } = cluster;
  return {
    source: ["aws.ecs"],
    "detail-type": ["ECS Deployment State Change"],
    resources: [pulumi.interpolate`arn:aws:ecs:${region}:${accountId}:service/${clusterName}/${service.serviceName}`],
    detail: { eventName: ["SERVICE_DEPLOYMENT_FAILED"] },
  };
}

/**
 * Well is what has ended by itself, with 0. The container is named, since an agent of GuardDuty's may be in the task
 * as well, and one that was killed with the task is no failure.
 */
function failedTask({ cluster, migration }: EventsArgs) {
  return {
    source: ["aws.ecs"],
    "detail-type": ["ECS Task State Change"],
    detail: {
      clusterArn: [cluster.arn],
      group: [`family:${migration.family}`],
      lastStatus: ["STOPPED"],
      $or: [
        { containers: { name: [migration.containerName], exitCode: [{ "anything-but": 0 }] } },
        { stopCode: [{ "anything-but": "EssentialContainerExited" }] },
      ],
    },
  };
}

/** A scan names a severity only if it has found something of it. */
function criticalFindings(repositoryName: pulumi.Input<string>) {
  return {
    source: ["aws.ecr"],
    "detail-type": ["ECR Image Scan"],
    detail: {
      "repository-name": [repositoryName],
      "finding-severity-counts": { CRITICAL: [{ exists: true }] },
    },
  };
}

/**
 * Of all instances there are: during a restore the old one is the way back. Left out is what comes each day (backups,
 * and the snapshots they make), and what only happens when somebody asks for it and looks on (creation, restoration).
 */
function subscribe(name: string, { alerts, database }: EventsArgs, parent: pulumi.Resource): void {
  // RDS looks at once whether it may publish to the topic, and whether what it is asked about exists.
  const opts = { parent, dependsOn: [alerts, database] };
  new aws.rds.EventSubscription(`${name}-database`, {
    snsTopic: alerts.topicArn,
    sourceType: "db-instance",
    sourceIds: [...database.identifiers],
    eventCategories: [
      "availability", "configuration change", "deletion", "failover", "failure", "low storage", "maintenance",
      "notification", "recovery", "security patching",
    ],
  }, opts);
  new aws.rds.EventSubscription(`${name}-database-parameters`, {
    snsTopic: alerts.topicArn,
    sourceType: "db-parameter-group",
    sourceIds: [...database.parameterGroupNames],
    eventCategories: ["configuration change"],
  }, opts);
}
