import { answer, answerCall, type Place } from "../../offline/answers";
import type { Asked, Cloud, Properties } from "./provider";

const taskDefinition = "aws:ecs/taskDefinition:TaskDefinition";

/** AWS and Docker as the engine sees them: the answers of `offline/answers.ts`, each with an id of its own. */
export class AnsweringCloud implements Cloud {
  private made = 0;
  private readonly revisions = new Map<unknown, number>();

  constructor(private readonly place: Place) {}

  create({ type, name, properties }: Asked, physicalName: string): { id: string; outputs: Properties } {
    this.made += 1;
    const outputs = answer({ type, name, inputs: { name: physicalName, ...properties } }, this.place);
    return { id: `${name}-${this.made}`, outputs: type === taskDefinition ? this.nextRevision(outputs) : outputs };
  }

  replaces(type: string, changed: readonly string[]): boolean {
    return type === taskDefinition ? changed.length > 0 : changed.includes("name");
  }

  invoke(token: string, args: Properties): Properties {
    return answerCall(token, args);
  }

  private nextRevision(outputs: Properties): Properties {
    const revision = (this.revisions.get(outputs["family"]) ?? 0) + 1;
    this.revisions.set(outputs["family"], revision);
    return { ...outputs, revision, arn: String(outputs["arn"]).replace(/:\d+$/, `:${revision}`) };
  }
}
