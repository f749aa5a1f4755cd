/** The fields of a registered task definition that matter here, named as in the API of ECS. */
export interface TaskDefinition {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  readonly networkMode?: string;
  /** ACTIVE if not given; one that is not can be described, and no more. */
  readonly status?: "ACTIVE" | "INACTIVE";
  readonly containerDefinitions: readonly ContainerDefinition[];
}

/** A container of a task definition, named as in the API of ECS. */
export interface ContainerDefinition {
  readonly name: string;
  readonly image?: string;
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly workingDirectory?: string;
  readonly environment?: readonly { readonly name: string; readonly value: string }[];
  readonly secrets?: readonly { readonly name: string; readonly valueFrom: string }[];
  readonly essential?: boolean;
  /** Seconds from SIGTERM to SIGKILL. */
  readonly stopTimeout?: number;
  readonly logConfiguration?: {
    readonly logDriver: string;
    readonly options?: Readonly<Record<string, string>>;
  };
}

/** A service as DescribeServices shows it, as far as it matters here. Times are seconds since 1970, as on the wire. */
export interface ServiceDescription {
  readonly serviceName: string;
  readonly status: "ACTIVE" | "INACTIVE";
  readonly taskDefinition: string;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly pendingCount: number;
  readonly deployments: readonly object[];
  readonly events: readonly object[];
  readonly loadBalancers: readonly { readonly targetGroupArn: string }[];
}

/** A task as DescribeTasks shows it. Times are seconds since 1970, as on the wire. */
export interface Task {
  readonly taskArn: string;
  readonly clusterArn: string;
  readonly taskDefinitionArn: string;
  readonly group: string;
  readonly startedBy?: string;
  readonly launchType: "FARGATE";
  readonly availabilityZone?: string;
  readonly createdAt: number;
  readonly containers: readonly Container[];
  lastStatus: TaskStatus;
  desiredStatus: "RUNNING" | "STOPPED";
  startedAt?: number;
  stoppingAt?: number;
  stoppedAt?: number;
  stopCode?: StopCode;
  stoppedReason?: string;
}

/** The states of a task that last long enough to be seen here. */
export type TaskStatus = "PENDING" | "RUNNING" | "STOPPING" | "STOPPED";

/** Why a task has stopped. */
export type StopCode = "EssentialContainerExited" | "ServiceSchedulerInitiated" | "TaskFailedToStart" | "UserInitiated";

/** A container of a task as DescribeTasks shows it. */
export interface Container {
  readonly containerArn: string;
  readonly taskArn: string;
  readonly name: string;
  lastStatus: TaskStatus;
  exitCode?: number;
  reason?: string;
}

/** What a single RunTask changes in the containers of its task. */
export interface ContainerOverride {
  readonly name: string;
  readonly command?: readonly string[];
  readonly environment?: readonly { readonly name: string; readonly value: string }[];
}

/** The last part of a task's ARN. */
export function taskIdOf(task: Task): string {
  return task.taskArn.slice(task.taskArn.lastIndexOf("/") + 1);
}
