import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { Place } from "../../offline/answers";
import { startEcs, type Ecs } from "../../offline/stand-ins/ecs";
import type { ContainerDefinition, TaskDefinition } from "../../offline/stand-ins/ecs-shapes";
import { startLogs, type Logs } from "../../offline/stand-ins/logs";
import type { Parameter } from "../../offline/stand-ins/parameter-store";
import { startSecrets, type Secrets } from "../../offline/stand-ins/secrets";
import { startSts, type Sts } from "../../offline/stand-ins/sts";
import type { Variables } from "./environment";
import type { Resource } from "./provider";

/** The AWS account that the migration's hook itself talks to. In it exists what Pulumi has made, and nothing else. */
export class Account {
  /** Whose credentials the hook has; a test may change it. */
  readonly caller: { accountId: string; readonly arn: string };
  ecs!: Ecs;
  private logs!: Logs;
  private secrets!: Secrets;
  private sts!: Sts;
  private readonly clusters: string[] = [];
  private readonly parameters: Parameter[] = [];
  private readonly taskDefinitions: TaskDefinition[] = [];
  private readonly image = fs.mkdtempSync(path.join(os.tmpdir(), "accounts-image-"));

  constructor(private readonly place: Place, private readonly onLine: (line: string) => void) {
    this.caller = { accountId: place.accountId, arn: `arn:aws:iam::${place.accountId}:user/engine-tests` };
  }

  async start(): Promise<void> {
    this.logs = await startLogs({ groups: [] });
    this.secrets = await startSecrets({ secrets: [], parameters: this.parameters });
    this.sts = await startSts(this.caller);
    this.ecs = await startEcs({
      ...this.place,
      clusters: this.clusters,
      taskDefinitions: this.taskDefinitions,
      logs: this.logs,
      secrets: this.secrets,
      directoryOf: () => this.image,
      environmentOf: () => ({ PATH: path.dirname(process.execPath), AWS_ACCESS_KEY_ID: "task" }),
      onLine: (_task, container, line) => this.onLine(`${container.name}: ${line}`),
    });
  }

  /** For the hook's SDK, which would otherwise find the credentials of the person at this computer, and AWS itself. */
  get environment(): Variables {
    return {
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
      AWS_ENDPOINT_URL_ECS: this.ecs.url,
      AWS_ENDPOINT_URL_STS: this.sts.url,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: this.logs.url,
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: undefined,
      AWS_ACCESS_KEY_ID: "hook",
      AWS_SECRET_ACCESS_KEY: "stand-in",
      AWS_SESSION_TOKEN: undefined,
      AWS_PROFILE: undefined,
      AWS_CONFIG_FILE: path.join(this.image, "no-config"),
      AWS_SHARED_CREDENTIALS_FILE: path.join(this.image, "no-credentials"),
    };
  }

  /** What the migration does from now on. */
  migrateWith(script: string): void {
    fs.writeFileSync(path.join(this.image, "migrate.mjs"), script);
  }

  /** Takes over what Pulumi has made and deleted. */
  follow(live: readonly Resource[]): void {
    const of = (type: string) => live.filter((resource) => resource.type === type).map(({ properties }) => properties);
    replace(this.clusters, of("aws:ecs/cluster:Cluster").map(({ name }) => String(name)));
    replace(this.parameters, of("aws:ssm/parameter:Parameter").map(({ name, arn, insecureValue }) => ({
      name: String(name), arn: String(arn), value: String(insecureValue), type: "String",
    })));
    replace(this.taskDefinitions, of("aws:ecs/taskDefinition:TaskDefinition").map((properties) => ({
      ...properties as Pick<TaskDefinition, "family" | "networkMode" | "revision">,
      taskDefinitionArn: String(properties["arn"]),
      containerDefinitions: JSON.parse(String(properties["containerDefinitions"])) as ContainerDefinition[],
    })));
    for (const { name } of of("aws:cloudwatch/logGroup:LogGroup")) {
      this.logs.createStream(String(name), "first", { createGroup: true });
    }
  }

  async stop(): Promise<void> {
    await this.ecs?.stop();
    await Promise.all([this.sts?.stop(), this.secrets?.stop(), this.logs?.stop()]);
    fs.rmSync(this.image, { recursive: true, force: true });
  }
}

function replace<T>(list: T[], items: readonly T[]): void {
  list.splice(0, list.length, ...items);
}
