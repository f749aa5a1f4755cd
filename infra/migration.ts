import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { MigrationSettings } from "../environments/settings";
import type { Cluster } from "./cluster";
import { container } from "./container";
import type { Database } from "./database";
import type { Encryption } from "./encryption";
import type { Endpoints } from "./endpoints";
import type { Firewall } from "./firewall";
import type { Image } from "./image";
import { parameterName, prefix } from "./names";
import type { Network } from "./network";
import type { RunTaskRequest } from "./one-off-task";
import type { Parameters } from "./parameters";
import { rolePolicy, taskRole, useKey, type RoleScope, type Statement } from "./roles";
import { runTask } from "./run-task";

/** What a one-off task is, and where it runs. */
export type OneOffTask = Pick<
  RunTaskRequest, "cluster" | "container" | "logGroup" | "securityGroups" | "subnets" | "taskDefinition"
>;

export interface MigrationArgs extends MigrationSettings, RoleScope {
  /** ECS takes no tags of the provider's for the task. */
  readonly tags: Readonly<Record<string, string>>;
  readonly encryption: Encryption;
  readonly network: Network;
  readonly firewall: Firewall;
  readonly endpoints: Endpoints;
  readonly database: Database;
  readonly parameters: Parameters;
  readonly image: Image;
  readonly cluster: Cluster;
  readonly logRetentionDays: number;
}

/**
 * Changes the schema with a one-off task of the service's image, after all it needs and before the service is touched.
 * A failure fails `pulumi up`, and the old tasks serve on. It runs for every new image, database or secret.
 */
export class Migration extends pulumi.ComponentResource {
  /** Of the task definitions; also of the rotations, which are the same task with another command. */
  readonly family: string;
  readonly containerName: string;
  readonly taskDefinitionArn: pulumi.Output<string>;
  readonly executionRoleArn: pulumi.Output<string>;
  readonly taskRoleArn: pulumi.Output<string>;
  /** All that it takes to run it again, also with another command. */
  readonly task: pulumi.Output<OneOffTask>;

  constructor(name: string, args: MigrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Migration", name, {}, opts);

    this.family = `${prefix}-${name}`;
    this.containerName = name;
    const main = container(name, {
      ...args,
      inputs: args.parameters.migration,
      command: "migrate.mjs",
      stopTimeoutSeconds: 60,
    }, this);
    const role = taskRole(`${name}-task`, args, this);
    const rights = rolePolicy(`${name}-task`, role, secretsOf(args), this);
    const definition = new aws.ecs.TaskDefinition(name, {
      family: this.family,
      cpu: String(args.cpuUnits),
      memory: String(args.memoryMiB),
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      runtimePlatform: { cpuArchitecture: args.image.cpuArchitecture, operatingSystemFamily: "LINUX" },
      executionRoleArn: main.executionRole.arn,
      taskRoleArn: role.arn,
      containerDefinitions: pulumi.jsonStringify([main.definition]),
    }, { parent: this });

    const { database, parameters, image, network, firewall, endpoints, cluster } = args;
    this.task = pulumi.output({
      cluster: cluster.arn,
      container: name,
      logGroup: main.logGroup.name,
      securityGroups: [firewall.migration.id],
      subnets: network.privateSubnetIds,
      taskDefinition: definition.arn,
    });
    const hook = runHook(name, args, this.task);
    new aws.ssm.Parameter(name, {
      name: parameterName(name),
      description: "What the schema was last brought up to date for",
      type: "String",
      insecureValue: pulumi.jsonStringify({
        image: image.uri,
        database: database.resourceId,
        secrets: [parameters.databaseSecretArn, parameters.apiKeysSecretArn],
      }),
    }, {
      parent: this,
      // The task needs all of these, and none of the inputs says so. What the hook waits for has to be among them: it
      // would wait for ever for one that could not be made.
      dependsOn: [network, firewall, endpoints, database, parameters, cluster, definition, rights, ...main.dependsOn],
      hooks: { beforeCreate: [hook], beforeUpdate: [hook] },
    });

    this.taskDefinitionArn = definition.arn;
    this.executionRoleArn = main.executionRole.arn;
    this.taskRoleArn = role.arn;
    this.registerOutputs({});
  }
}

/** The master's secret to read, our own to read and to fill; no other. */
function secretsOf({ database, parameters, encryption, ...scope }: MigrationArgs): Statement[] {
  return [
    {
      Effect: "Allow",
      Action: ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
      Resource: database.masterSecretArn,
    },
    {
      Effect: "Allow",
      Action: [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
      ],
      Resource: [parameters.databaseSecretArn, parameters.apiKeysSecretArn],
    },
    useKey(encryption.keyArn, ["kms:Decrypt", "kms:GenerateDataKey"], "secretsmanager", scope),
  ];
}

/** Runs the task, once everything it needs is known: the promise stays open in a preview, where no hook runs. */
function runHook(
  name: string, { region, accountId, tags, timeoutMinutes }: MigrationArgs, task: pulumi.Output<OneOffTask>,
): pulumi.ResourceHook {
  const request = new Promise<RunTaskRequest>((resolve) => {
    task.apply((known) => resolve({
      ...known,
      region,
      accountId,
      startedBy: `${prefix}-${name}`,
      tags,
      timeoutSeconds: timeoutMinutes * 60,
    }));
  });
  return new pulumi.ResourceHook(name, async () => {
    await runTask(await request, (line) => pulumi.log.info(`${name}: ${line}`));
  });
}
