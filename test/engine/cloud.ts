import { answer, answerCall, type Place, type Question } from "../../offline/answers";
import type { Asked, Cloud, Properties } from "./provider";

/** What AWS answers for the children of an awsx component: the part of the component's answer that shows the child. */
const childOf: Readonly<Record<string, readonly [component: string, part: string] | undefined>> = {
  "aws:lb/loadBalancer:LoadBalancer": ["awsx:lb:ApplicationLoadBalancer", "loadBalancer"],
  "aws:lb/targetGroup:TargetGroup": ["awsx:lb:ApplicationLoadBalancer", "defaultTargetGroup"],
};

/** Children of which the program reads nothing but the id. */
const plainChildren = [
  "aws:ec2/vpc:Vpc",
  "aws:ec2/subnet:Subnet",
  "aws:ec2/routeTable:RouteTable",
  "aws:lb/listener:Listener",
];

const taskDefinition = "aws:ecs/taskDefinition:TaskDefinition";

/** AWS and Docker as the engine sees them: the answers of `offline/answers.ts`, each with an id of its own. */
export class AnsweringCloud implements Cloud {
  private made = 0;
  private readonly revisions = new Map<unknown, number>();

  constructor(private readonly place: Place) {}

  create({ type, name, properties }: Asked, physicalName: string): { id: string; outputs: Properties } {
    this.made += 1;
    const outputs = this.outputs({ type, name, inputs: { name: physicalName, ...properties } });
    return { id: `${name}-${this.made}`, outputs: type === taskDefinition ? this.nextRevision(outputs) : outputs };
  }

  replaces(type: string, changed: readonly string[]): boolean {
    return type === taskDefinition ? changed.length > 0 : changed.includes("name");
  }

  invoke(token: string, args: Properties): Properties {
    return answerCall(token, args);
  }

  private outputs(question: Question): Properties {
    const [component, part] = childOf[question.type] ?? [];
    if (component !== undefined && part !== undefined) {
      return { ...question.inputs, ...answer({ ...question, type: component }, this.place)[part] as Properties };
    }
    return plainChildren.includes(question.type) ? question.inputs : answer(question, this.place);
  }

  private nextRevision(outputs: Properties): Properties {
    const revision = (this.revisions.get(outputs["family"]) ?? 0) + 1;
    this.revisions.set(outputs["family"], revision);
    return { ...outputs, revision, arn: String(outputs["arn"]).replace(/:\d+$/, `:${revision}`) };
  }
}
