import { startAwsJson, type AwsService } from "./aws-json";
import { descriptions } from "./ecs-descriptions";
import type { TaskHost } from "./ecs-launch";
import { taskOperations } from "./ecs-operations";
import { ServiceScheduler, type Service, type ServiceArgs } from "./ecs-service";
import type { Task } from "./ecs-shapes";
import { EcsTasks, type EcsPlace } from "./ecs-tasks";
import { ProcessFile } from "./processes";

/** What ECS starts with, and how its tasks become processes of this computer. */
export interface EcsArgs extends EcsPlace, TaskHost {
  /** File that names the running processes, for `stopLeftOvers` of the next start. */
  readonly processFile?: string;
  readonly port?: number;
}

/** A running ECS: for AWS_ENDPOINT_URL_ECS. */
export interface Ecs extends AwsService {
  /** The tasks, oldest first, also those that have stopped. */
  readonly tasks: readonly Task[];
  /** Keeps a number of tasks running. */
  runService(args: ServiceArgs): Service;
  /** Ids of the processes that run a task's containers. */
  pidsOf(taskArn: string): readonly number[];
  /** Stops the services, then all other tasks, then the API. */
  stop(): Promise<void>;
}

/** Starts an ECS whose containers run as processes of this computer. */
export async function startEcs(args: EcsArgs): Promise<Ecs> {
  const processFile = args.processFile === undefined ? undefined : new ProcessFile(args.processFile);
  const tasks = new EcsTasks(args, args, processFile);
  const services: Service[] = [];
  const api = await startAwsJson({ ...taskOperations(tasks), ...descriptions(args, tasks) }, args.port);
  return {
    ...api,
    get tasks() {
      return tasks.all.map(({ task }) => task);
    },
    runService: (service) => {
      const scheduler = schedule(tasks, service);
      services.push(scheduler);
      return scheduler;
    },
    pidsOf: (taskArn) => tasks.all.find(({ task }) => task.taskArn === taskArn)?.pids ?? [],
    stop: async () => {
      await api.stop();
      await Promise.all(services.map((service) => service.stop()));
      await Promise.all(tasks.all.map((task) => task.stop("UserInitiated", "ECS stops")));
    },
  };
}

function schedule(tasks: EcsTasks, service: ServiceArgs): Service {
  const clusterArn = tasks.clusterArn(service.cluster);
  const definition = tasks.definition(service.taskDefinition);
  return new ServiceScheduler(service, () => (
    tasks.start({ clusterArn, definition, group: `service:${service.name}`, startedBy: `ecs-svc/${service.name}` })
  ));
}
