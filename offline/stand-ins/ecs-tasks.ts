import * as crypto from "node:crypto";

import { AwsError } from "./aws-json";
import type { TaskHost } from "./ecs-launch";
import { taskIdOf, type Container, type ContainerOverride, type ServiceDescription, type Task, type TaskDefinition } from "./ecs-shapes";
import { RunningTask } from "./ecs-task";
import type { ProcessFile } from "./processes";

/** Where the tasks are: the part of ECS's world that every ARN names. */
export interface EcsPlace {
  readonly region: string;
  readonly accountId: string;
  readonly clusters: readonly string[];
  readonly taskDefinitions: readonly TaskDefinition[];
  /** What DescribeServices says, of services that run elsewhere; all of them are in every cluster. */
  readonly services?: readonly ServiceDescription[];
  /** Where tasks are put, in turn; nowhere if not given. */
  readonly zones?: readonly string[];
}

/** What is said of a task when it is asked for. */
export interface TaskRequest {
  readonly clusterArn: string;
  readonly definition: TaskDefinition;
  readonly group: string;
  readonly startedBy?: string;
  readonly overrides?: readonly ContainerOverride[];
}

/** AWS shows stopped tasks for at least an hour; here they go when there are too many. */
const keptTasks = 1_000;

/** The tasks of all clusters, and what names in the API mean. */
export class EcsTasks {
  readonly all: RunningTask[] = [];

  constructor(
    private readonly place: EcsPlace,
    private readonly host: TaskHost,
    private readonly processFile: ProcessFile | undefined,
  ) {}

  /** Starts a task. */
  start(request: TaskRequest): RunningTask {
    const running = new RunningTask(
      this.describe(request), request.definition, request.overrides ?? [], this.host, this.processFile,
    );
    this.all.push(running);
    const oldest = this.all.findIndex(({ task }) => task.lastStatus === "STOPPED");
    if (this.all.length > keptTasks && oldest !== -1) {
      this.all.splice(oldest, 1);
    }
    return running;
  }

  /** ARN of a cluster that is given by name or ARN. */
  clusterArn(cluster = "default"): string {
    const name = cluster.slice(cluster.lastIndexOf("/") + 1);
    if (!this.place.clusters.includes(name)) {
      throw new AwsError("ClusterNotFoundException", "Cluster not found.");
    }
    return this.arn(`cluster/${name}`);
  }

  /** The task definition of an ARN, of a family and revision, or the latest of a family. */
  definition(name: string): TaskDefinition {
    const definition = this.place.taskDefinitions
      .filter(({ taskDefinitionArn, family, revision, status = "ACTIVE" }) =>
        [taskDefinitionArn, `${family}:${revision}`, ...status === "ACTIVE" ? [family] : []].includes(name))
      .sort((one, other) => other.revision - one.revision)[0];
    if (definition === undefined) {
      throw new AwsError("ClientException", "TaskDefinition not found.");
    }
    return definition;
  }

  /** The task of a cluster that an id or ARN names. */
  find(clusterArn: string, task: string): RunningTask | undefined {
    const id = task.slice(task.lastIndexOf("/") + 1);
    return this.all.find((running) => running.task.clusterArn === clusterArn && taskIdOf(running.task) === id);
  }

  /** The ARN that a task of this id has, or would have. */
  taskArn(clusterArn: string, id: string): string {
    return id.startsWith("arn:") ? id : this.arn(`task/${clusterArn.slice(clusterArn.lastIndexOf("/") + 1)}/${id}`);
  }

  private describe({ clusterArn, definition, group, startedBy }: TaskRequest): Task {
    const id = crypto.randomBytes(16).toString("hex");
    const taskArn = this.taskArn(clusterArn, id);
    const containers = definition.containerDefinitions.map(({ name }): Container => ({
      containerArn: `${taskArn.replace(":task/", ":container/")}/${crypto.randomUUID()}`,
      taskArn,
      name,
      lastStatus: "PENDING",
    }));
    return {
      taskArn,
      clusterArn,
      taskDefinitionArn: definition.taskDefinitionArn,
      group,
      startedBy,
      launchType: "FARGATE",
      availabilityZone: this.place.zones?.[this.all.length % this.place.zones.length],
      createdAt: Date.now() / 1_000,
      containers,
      lastStatus: "PENDING",
      desiredStatus: "RUNNING",
    };
  }

  private arn(resource: string): string {
    return `arn:aws:ecs:${this.place.region}:${this.place.accountId}:${resource}`;
  }
}
