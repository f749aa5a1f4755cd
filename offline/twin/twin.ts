import { randomBytes } from "node:crypto";

import * as pulumi from "@pulumi/pulumi";

import { render, type Plan, type Rendered } from "../render";
import type { Ecs } from "../stand-ins/ecs";
import type { Service } from "../stand-ins/ecs-service";
import type { LoadBalancer } from "../stand-ins/load-balancer";
import { freePort } from "../stand-ins/local-server";
import { startPostgres, type Postgres } from "../stand-ins/postgres";
import { startSecrets, type Secrets } from "../stand-ins/secrets";
import { startAws, TaskPorts } from "./aws";
import { openHome, type Home } from "./home";
import { buildImage } from "./image";
import { lastLines } from "./task-logs";
import { partsOf, type Parts } from "./parts";
import { checkPort } from "./port";
import { serve } from "./serve";
import type { Stops } from "./stops";

export interface TwinArgs {
  readonly stack: string;
  readonly directory: string;
  readonly fresh: boolean;
  readonly port: number;
  /** Told when a part is up: its name, and what there is to say about it. */
  readonly onProgress: (part: string, fact: string) => void;
}

/** A stack that runs on this computer, with the record that each part keeps of what was asked of it. */
export interface Twin {
  readonly plan: Plan;
  readonly parts: Parts;
  readonly postgres: Postgres;
  readonly secrets: Secrets;
  readonly ecs: Ecs;
  readonly service: Service;
  readonly balancer: LoadBalancer;
  readonly logFolder: string;
}

/** Runs the plan of a stack: the parts in the order in which data flows, the migration before the service. */
export async function startTwin(args: TwinArgs, stops: Stops): Promise<Twin> {
  const { onProgress } = args;
  await checkPort(args.port);
  const home = await openHome(args.directory, args.fresh);
  stops.add(home.release);
  // Before the plan is made, because its parameters carry the address on to the tasks.
  const address = { address: "localhost", port: await freePort() };
  const building = buildImage(home.imagesFolder);
  // Should the plan fail, the build must not outlive the twin; its own failure is told below.
  stops.add(async () => void await building.catch(() => undefined));
  const [rendered, imageFolder] = await Promise.all([render(args.stack, { database: address }), building]);
  const { plan } = rendered;
  const parts = partsOf(plan);
  onProgress("plan", `${plan.resources.length} resources of stack ${plan.stack}; service/ is built`);

  const { postgres, secrets } = await startData(parts, home, address.port, args, stops);
  // One for each task and one for its replacement; each one given is made up for.
  const ports = await TaskPorts.reserve(2 * parts.service.desiredCount);
  const ecs = await startAws(parts, home, { postgres, secrets, ports, imageFolder }, stops);
  await runMigration(rendered, onProgress);

  const { balancer, service } = await serve(parts, ecs, ports, args.port, stops).catch((error: Error) => {
    throw new Error([error.message, ...lastLines(home.logFolder, parts.service.container.name)].join("\n"));
  });
  onProgress("service", `${service.tasks.length} tasks pass GET ${parts.balancer.healthCheck.path}`);
  onProgress("balancer", balancer.url);
  return { plan, parts, postgres, secrets, ecs, service, balancer, logFolder: home.logFolder };
}

async function startData(parts: Parts, home: Home, port: number, { onProgress }: TwinArgs, stops: Stops) {
  const { database, masterSecretArn } = parts;
  const password = home.masterPassword(() => randomBytes(24).toString("base64url"));
  const postgres = await startPostgres({ ...database, password, dataDestination: home.database, port });
  stops.add(() => postgres.stop());
  onProgress("database", `PostgreSQL ${database.majorVersion} on ${postgres.host}:${postgres.port}`);

  // What RDS would keep there.
  const master = JSON.stringify({ username: database.username, password });
  const secrets = await startSecrets({
    valuesFile: home.secretsFile,
    parameters: parts.parameters,
    secrets: parts.secrets.map((secret) => secret.arn === masterSecretArn ? { ...secret, value: master } : secret),
  });
  stops.add(() => secrets.stop());
  onProgress("secrets", `${parts.secrets.length} secrets and ${parts.parameters.length} parameters on ${secrets.url}`);
  return { postgres, secrets };
}

/** The hook is the program's own, with nothing but the addresses of AWS changed. */
async function runMigration({ plan, hooks }: Rendered, onProgress: TwinArgs["onProgress"]): Promise<void> {
  const resource = plan.resources.find(({ options }) => options.hooks.length > 0);
  const hook = hooks.get("migration");
  if (resource === undefined || hook === undefined) {
    throw new Error("the plan has no resource with the migration's hook");
  }
  const { urn, name, type, inputs } = resource;
  // Without an engine, Pulumi would write what the hook reports to the console in a form of its own.
  const { info } = pulumi.log;
  Object.assign(pulumi.log, { info: (line: string) => onProgress(name, line.replace(`${name}: `, "")) });
  try {
    await hook({ urn, id: "", name, type, newInputs: inputs });
  } finally {
    Object.assign(pulumi.log, { info });
  }
}
