import { Unsettled, type Properties, type Resource } from "./provider";

/**
 * What becomes of the next deployment. ECS takes one back whose tasks do not become healthy; the provider then either
 * says so, or looks at the service a moment later, sees all tasks running, and calls that a success.
 */
export type Outcome = "succeeds" | "taken back, and said so" | "taken back in silence";

export const serviceType = "aws:ecs/service:Service";

/** The deployments of ECS's services. What a service runs is the `taskDefinition` of the live resource. */
export class Rollouts {
  next: Outcome = "succeeds";

  /** The properties of a service after an update. One in which the provider sees nothing to do only reads. */
  update(before: Resource, believed: Properties, wanted: Properties): Properties {
    const { taskDefinition: running } = before.properties;
    const takenBack = { ...wanted, taskDefinition: running };
    if (wanted["taskDefinition"] === believed["taskDefinition"]) {
      return takenBack;
    }
    if (this.next === "taken back, and said so") {
      throw new Unsettled("deployment failed: tasks failed to start (ROLLBACK_SUCCESSFUL)", takenBack, wanted);
    }
    return this.next === "succeeds" ? wanted : takenBack;
  }

  /** What ECS says of a service to whoever asks. */
  describe({ clusterArn, serviceName }: Properties, live: readonly Resource[]): Properties {
    const service = live.find(({ type, properties }) => type === serviceType && properties["name"] === serviceName);
    if (service === undefined || service.properties["cluster"] !== clusterArn) {
      throw new Error(`ServiceNotFoundException: ${String(serviceName)} in ${String(clusterArn)}`);
    }
    const { taskDefinition } = service.properties;
    return {
      clusterArn, serviceName, taskDefinition, status: "ACTIVE", deployments: [{ status: "PRIMARY", taskDefinition }],
    };
  }
}
