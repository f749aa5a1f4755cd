import { answer, answerCall, type Place } from "../../offline/answers";
import type { Asked, Cloud, Properties, Resource } from "./provider";
import { Refusals } from "./refusals";
import { Rollouts, serviceType } from "./rollouts";

/** Where it is more than the name that AWS cannot change in place. */
const fixed: Readonly<Record<string, readonly string[]>> = {
  "aws:rds/instance:Instance": ["dbName", "engine", "kmsKeyId", "storageEncrypted", "username"],
};

const taskDefinition = "aws:ecs/taskDefinition:TaskDefinition";

/**
 * AWS and Docker as the engine sees them: the answers of `offline/answers.ts`, each with an id of its own, and what AWS
 * refuses.
 */
export class AnsweringCloud implements Cloud {
  readonly refusals = new Refusals();
  readonly rollouts = new Rollouts();
  private made = 0;
  private readonly revisions = new Map<unknown, number>();

  constructor(private readonly place: Place) {}

  create(asked: Asked, physicalName: string, live: readonly Resource[]): { id: string; outputs: Properties } {
    const { type, name, properties } = asked;
    this.refusals.create({ ...asked, properties: { name: physicalName, ...properties } }, live);
    this.made += 1;
    const outputs = answer({ type, name, inputs: { name: physicalName, ...properties } }, this.place);
    return { id: `${name}-${this.made}`, outputs: type === taskDefinition ? this.nextRevision(outputs) : outputs };
  }

  replaces(type: string, changed: readonly string[]): boolean {
    return type === taskDefinition ? changed.length > 0 : changed.some((name) => fixed[type]?.includes(name) ?? name === "name");
  }

  update(before: Resource, believed: Properties, wanted: Properties): Properties {
    return before.type === serviceType ? this.rollouts.update(before, believed, wanted) : wanted;
  }

  remove(resource: Resource, live: readonly Resource[]): void {
    this.refusals.remove(resource, live);
  }

  invoke(token: string, args: Properties, live: readonly Resource[]): Properties {
    return token === "aws:ecs/getService:getService" ? this.rollouts.describe(args, live) : answerCall(token, args);
  }

  private nextRevision(outputs: Properties): Properties {
    const revision = (this.revisions.get(outputs["family"]) ?? 0) + 1;
    this.revisions.set(outputs["family"], revision);
    return { ...outputs, revision, arn: String(outputs["arn"]).replace(/:\d+$/, `:${revision}`) };
  }
}
