import { Account } from "../engine/account";
import { startAwsx } from "../engine/awsx";
import { AnsweringCloud } from "../engine/cloud";
import { startLanguageHost } from "../engine/language-host";
import type { Environment } from "../engine/program";
import { StandInProvider, type Asked, type Properties, type Resource } from "../engine/provider";
import type { Rollouts } from "../engine/rollouts";
import { rehearsedPlace } from "./repository";

/** AWS with one load balancer on this computer. */
class Cloud extends AnsweringCloud {
  /** `<host>:<port>` of the load balancer; AWS's own name for it where there is none. */
  balancer = "";

  override create(asked: Asked, physicalName: string, live: readonly Resource[]): { id: string; outputs: Properties } {
    const { id, outputs } = super.create(asked, physicalName, live);
    const isBalancer = asked.type === "aws:lb/loadBalancer:LoadBalancer" && this.balancer !== "";
    return { id, outputs: { ...outputs, ...isBalancer && { dnsName: this.balancer } } };
  }
}

/** What the engine and the program reach as a stack: stand-ins for AWS, for awsx, and for what starts the program. */
export class Place {
  readonly account: Account;
  readonly provider: StandInProvider;
  readonly rollouts: Rollouts;
  private readonly cloud: Cloud;
  private readonly stops: (() => unknown)[] = [];
  private variables: Record<string, string> = {};

  /** `program` are variables for the program beside those of its AWS. */
  constructor(readonly stack: Environment, private readonly program: NodeJS.ProcessEnv) {
    const place = { stack, ...rehearsedPlace };
    this.account = new Account(place, () => undefined);
    this.cloud = new Cloud(place);
    this.rollouts = this.cloud.rollouts;
    this.provider = new StandInProvider(this.cloud, () => this.account.follow(this.provider.all));
  }

  async start(): Promise<void> {
    this.stops.push(() => this.account.stop());
    await this.account.start();
    this.account.migrateWith("");
    const { environment } = this.account;
    const [cloud, awsx, host] = await Promise.all([
      this.provider.start(), startAwsx(), startLanguageHost({ ...this.program, ...environment }),
    ]);
    this.stops.push(() => cloud.stop(), () => awsx.stop(), () => host.stop());
    this.variables = {
      ...JSON.parse(JSON.stringify(environment)) as Record<string, string>,
      PULUMI_DEBUG_LANGUAGES: `nodejs:${host.port}`,
      PULUMI_DEBUG_PROVIDERS: `aws:${cloud.port},docker:${cloud.port},awsx:${awsx.port}`,
    };
  }

  /** For whoever has taken a role of the stack: where all of that is. */
  get environment(): Readonly<Record<string, string>> {
    return this.variables;
  }

  /** Where the stack's load balancer is to be, once it is made. */
  balanceAt(address: string): void {
    this.cloud.balancer = address;
  }

  /** The task definition that the service runs, whatever Pulumi knows of it. */
  get running(): string {
    return String(this.provider.only("aws:ecs/service:Service", "service").properties["taskDefinition"]);
  }

  /** The image that this task definition names. */
  get runningImage(): string {
    const definition = this.provider.all.find(({ type, properties }) =>
      type === "aws:ecs/taskDefinition:TaskDefinition" && properties["arn"] === this.running);
    const [container] = JSON.parse(String(definition?.properties["containerDefinitions"])) as { image: string }[];
    return container?.image ?? "";
  }

  async stop(): Promise<void> {
    for (const stop of this.stops.toReversed()) {
      await stop();
    }
  }
}

