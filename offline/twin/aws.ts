import { startEcs, type Ecs } from "../stand-ins/ecs";
import { taskIdOf, type ContainerDefinition, type Task } from "../stand-ins/ecs-shapes";
import { freePort } from "../stand-ins/local-server";
import { startLogs } from "../stand-ins/logs";
import type { Postgres } from "../stand-ins/postgres";
import type { Secrets } from "../stand-ins/secrets";
import { startSts } from "../stand-ins/sts";
import { useAwsHere } from "./aws-here";
import { environmentHere } from "./differences";
import type { Home } from "./home";
import type { Parts } from "./parts";
import type { Stops } from "./stops";
import { lineWriter } from "./task-logs";

/** Ports for tasks, which all want the same one: free when they were asked for, each given once. */
export class TaskPorts {
  private readonly free: number[] = [];
  private readonly given = new Map<string, number>();

  static async reserve(count: number): Promise<TaskPorts> {
    const ports = new TaskPorts();
    await Promise.all(Array.from({ length: count }, () => ports.refill()));
    return ports;
  }

  of(taskId: string): number {
    const known = this.given.get(taskId);
    if (known !== undefined) {
      return known;
    }
    const port = this.free.shift();
    if (port === undefined) {
      throw new Error("ResourceInitializationError: no free port is at hand on this computer");
    }
    this.given.set(taskId, port);
    void this.refill();
    return port;
  }

  private async refill(): Promise<void> {
    this.free.push(await freePort());
  }
}

export interface TaskSurroundings {
  readonly postgres: Postgres;
  readonly secrets: Secrets;
  readonly ports: TaskPorts;
  /** Stands for the working directory of the image. */
  readonly imageFolder: string;
}

/** Starts what tasks and the migration's hook need of AWS: ECS, its logs, and who the caller is. */
export async function startAws(parts: Parts, home: Home, around: TaskSurroundings, stops: Stops): Promise<Ecs> {
  const [logs, sts] = await Promise.all([
    startLogs({ groups: parts.logGroups }),
    startSts({ accountId: parts.accountId, arn: `arn:aws:iam::${parts.accountId}:user/developer` }),
  ]);
  stops.add(() => logs.stop(), () => sts.stop());
  const ecs = await startEcs({
    region: parts.region,
    accountId: parts.accountId,
    clusters: [parts.clusterName],
    taskDefinitions: [parts.migration, parts.service.definition],
    processFile: home.processFile,
    logs,
    secrets: around.secrets,
    directoryOf: () => around.imageFolder,
    environmentOf: (task, container) => environmentOf(task, container, around),
    onLine: lineWriter(home.logFolder),
  });
  stops.add(() => ecs.stop());
  useAwsHere({ ecs: ecs.url, sts: sts.url, logs: logs.url });
  return ecs;
}

function environmentOf(task: Task, container: ContainerDefinition, around: TaskSurroundings): Record<string, string> {
  const taskId = taskIdOf(task);
  return environmentHere(container, {
    taskId,
    caFile: around.postgres.caFile,
    secretsUrl: around.secrets.url,
    port: around.ports.of(taskId),
  });
}
