import { setTimeout as sleep } from "node:timers/promises";

import type { Ecs } from "../stand-ins/ecs";
import { taskIdOf } from "../stand-ins/ecs-shapes";
import type { Service } from "../stand-ins/ecs-service";
import { startLoadBalancer, type LoadBalancer } from "../stand-ins/load-balancer";
import type { TaskPorts } from "./aws";
import type { Parts, ServicePart } from "./parts";
import type { Stops } from "./stops";

/** How long the tasks may take to their first passed health check. */
const startSeconds = 60;
/** As many as ECS's circuit breaker takes for proof that it will not work. */
const mostFailedTasks = 3;

/** Starts the load balancer and behind it the service, and waits until every task is healthy. */
export async function serve(
  { balancer: part, service: wanted, clusterName }: Parts, ecs: Ecs, ports: TaskPorts, port: number, stops: Stops,
): Promise<{ balancer: LoadBalancer; service: Service }> {
  const { protocol, idleTimeoutSeconds, deregistrationDelaySeconds, healthCheck } = part;
  const balancer: LoadBalancer = await startLoadBalancer({
    port,
    clientProtocol: protocol,
    clientPort: part.port,
    idleTimeoutSeconds,
    targetGroup: { deregistrationDelaySeconds, healthCheck },
    onTargetChange: ({ id, state }) => {
      if (state === "unhealthy") {
        replaceAfterGrace(service, balancer, id, wanted.gracePeriodSeconds);
      }
    },
  });
  stops.add(() => balancer.stop());
  const service: Service = ecs.runService({
    name: wanted.name,
    cluster: clusterName,
    taskDefinition: wanted.definition.taskDefinitionArn,
    desiredCount: wanted.desiredCount,
    backOff: { firstMilliseconds: 500, mostMilliseconds: 10_000 },
    onStarted: async (task) => {
      const id = taskIdOf(task);
      await balancer.register({ id, port: ports.of(id) });
    },
    onStopping: (task) => balancer.deregister(taskIdOf(task)),
  });
  await allHealthy(balancer, ecs, wanted, healthCheck.path, stops.signal);
  return { balancer, service };
}

/** ECS replaces a task that its load balancer finds unhealthy, but not before the grace period after its start. */
export function replaceAfterGrace(
  service: Pick<Service, "tasks" | "replace">, balancer: Pick<LoadBalancer, "targets">,
  taskId: string, gracePeriodSeconds: number,
): void {
  const task = service.tasks.find((candidate) => taskIdOf(candidate) === taskId);
  if (task === undefined) {
    return;
  }
  const left = (task.startedAt ?? 0) + gracePeriodSeconds - Date.now() / 1000;
  setTimeout(() => {
    if (balancer.targets.some(({ id, state }) => id === taskId && state === "unhealthy")) {
      void service.replace(task.taskArn, "Task failed ELB health checks");
    }
  }, Math.max(0, left) * 1000).unref();
}

async function allHealthy(
  balancer: LoadBalancer, ecs: Ecs, { name, desiredCount }: ServicePart, path: string, signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + startSeconds * 1000;
  const passed = () => balancer.targets.filter(({ state }) => state === "healthy").length;
  while (passed() < desiredCount) {
    const ended = ecs.tasks.filter(({ group, lastStatus }) => group === `service:${name}` && lastStatus === "STOPPED");
    if (ended.length >= mostFailedTasks) {
      throw new Error(`${ended.length} tasks of the service have ended before they were healthy: ${ended.at(-1)?.stoppedReason}`);
    }
    if (Date.now() > deadline) {
      const states = balancer.targets.map(({ id, state, description }) => `${id} is ${state}: ${description ?? "no answer"}`);
      throw new Error(`${passed()} of ${desiredCount} tasks pass the health check GET ${path} after ${startSeconds} s; `
        + (states.join(", ") || "no task runs"));
    }
    await sleep(20, undefined, { signal });
  }
}
