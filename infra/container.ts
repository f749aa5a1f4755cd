import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { Encryption } from "./encryption";
import type { Image } from "./image";
import { logGroupName } from "./names";
import type { ContainerInputs } from "./parameters";
import { rolePolicy, taskRole, type RoleScope } from "./roles";

/** One container of the image: what differs between the service and the migration. */
export interface ContainerArgs extends RoleScope {
  readonly image: Image;
  readonly inputs: ContainerInputs;
  readonly encryption: Encryption;
  /** The bundle of `service/` to run, in the image's working directory. */
  readonly command: string;
  readonly port?: number;
  /** All that the task has: this is its only container. */
  readonly memoryMiB: number;
  readonly stopTimeoutSeconds: number;
  readonly logRetentionDays: number;
}

/** A container with what ECS's agent needs to start it: the execution role, its policy, and the log group. */
export interface Container {
  readonly definition: ContainerDefinition;
  readonly executionRole: aws.iam.Role;
  readonly logGroup: aws.cloudwatch.LogGroup;
  /** Whatever starts the container waits for these: ECS would find the rights or the log group missing. */
  readonly dependsOn: pulumi.Resource[];
}

export type ContainerDefinition = ReturnType<typeof definition>;

/** Makes the execution role and the log group of one container, and its definition as ECS would return it. */
export function container(name: string, args: ContainerArgs, parent: pulumi.Resource): Container {
  const logGroup = new aws.cloudwatch.LogGroup(`${name}-log`, {
    name: logGroupName(name),
    retentionInDays: args.logRetentionDays,
    kmsKeyId: args.encryption.keyArn,
  }, { parent });
  const executionRole = taskRole(`${name}-execution`, args, parent);
  // A name that changes with the content: the old grant stays until the rollout has succeeded, so that tasks of the
  // old definition can still start, and be rolled back to.
  const grants = rolePolicy(`${name}-execution-${args.inputs.identity}-${args.image.identity}`, executionRole, [
    ...args.image.pullStatements,
    { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: pulumi.interpolate`${logGroup.arn}:*` },
    { Effect: "Allow", Action: "ssm:GetParameters", Resource: Object.values(args.inputs.parameters) },
  ], parent);
  return { definition: definition(name, args, logGroup), executionRole, logGroup, dependsOn: [logGroup, grants] };
}

/**
 * Every field that AWS would add is spelt out and lists are sorted: a definition that differs from what AWS returns
 * is a new revision, hence a deployment, on every `pulumi up`.
 */
function definition(name: string, args: ContainerArgs, logGroup: aws.cloudwatch.LogGroup) {
  const { inputs, image, port } = args;
  return {
    name,
    image: image.uri,
    essential: true,
    // Without a limit of its own a container sees the memory of Fargate's machine, which may be larger than the task's,
    // and Node would let its heap grow until the task is killed.
    memory: args.memoryMiB,
    user: "10001:10001",
    workingDirectory: "/app",
    entryPoint: ["node", "--enable-source-maps"],
    command: [args.command],
    environment: sorted(inputs.environment).map(([key, value]) => ({ name: key, value })),
    secrets: sorted(inputs.parameters).map(([key, valueFrom]) => ({ name: key, valueFrom })),
    portMappings: port === undefined ? [] : [{ containerPort: port, hostPort: port, protocol: "tcp" as const }],
    readonlyRootFilesystem: true,
    linuxParameters: { initProcessEnabled: true, capabilities: { add: [], drop: ["ALL"] } },
    stopTimeout: args.stopTimeoutSeconds,
    logConfiguration: {
      logDriver: "awslogs" as const,
      options: { "awslogs-group": logGroup.name, "awslogs-region": args.region, "awslogs-stream-prefix": name },
    },
    mountPoints: [],
    volumesFrom: [],
    systemControls: [],
  };
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
