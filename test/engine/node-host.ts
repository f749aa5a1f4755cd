import { spawn } from "node:child_process";
import { once } from "node:events";

import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

import { projectFolder, type Config } from "../../offline/stack-file";
import { serve, unary } from "./wire";

export interface HostedRun {
  /** null after a hang. */
  readonly exitCode: number | null;
  /** Types of the resources that the program registered, in that order. */
  readonly types: readonly string[];
  /** What the program told the engine to show as errors. */
  readonly errors: readonly string[];
}

/** The exit code by which Pulumi's host knows that the user was told everything. */
export const toldTheUser = 32;

/** What may differ from this project, and from how its own commands start it. */
export interface HostOptions {
  /** Of the project. */
  readonly name?: string;
  readonly folder?: string;
  /** An option of the runtime in `Pulumi.yaml`; `tsconfig.json` in the project's folder if not given. */
  readonly tsconfig?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** How long the program may take before it counts as hanging. */
  readonly limitSeconds?: number;
}

/** Previews a program as Pulumi's Node host does, with an engine that answers each resource with its inputs. */
export async function runHosted(
  stack: string, config: Config,
  { name = "accounts", folder = projectFolder, tsconfig, env, limitSeconds = 60 }: HostOptions = {},
): Promise<HostedRun> {
  const types: string[] = [];
  const errors: string[] = [];
  const served = await serve([ResourceMonitorService, monitor(types)], [EngineService, log(errors)]);
  const address = `127.0.0.1:${served.port}`;
  const child = spawn(process.execPath, [
    require.resolve("@pulumi/pulumi/cmd/run"),
    "--monitor", address, "--engine", address,
    "--organization", "organization", "--project", name, "--stack", stack,
    "--pwd", folder, "--dry-run", "--parallel", "16", ".",
  ], {
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(config),
      PULUMI_NODEJS_TYPESCRIPT: "true",
      PULUMI_NODEJS_TSCONFIG_PATH: tsconfig,
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      ...env,
    },
    stdio: ["ignore", "inherit", "inherit"],
    timeout: limitSeconds * 1000,
    killSignal: "SIGKILL",
  });
  const [exitCode] = await once(child, "exit") as [number | null];
  served.stop();
  return { exitCode, types, errors };
}

function monitor(types: string[]) {
  const features = Object.values(pb.ResourceMonitorFeature).filter((feature) => typeof feature === "number");
  return {
    getDeploymentInfo: unary(() => new pb.DeploymentInfo().setSupportedfeaturesList(features)),
    registerResource: unary((request: pb.RegisterResourceRequest) => {
      types.push(request.getType());
      return new pb.RegisterResourceResponse()
        .setUrn(`urn:pulumi:${request.getType()}::${request.getName()}`)
        .setObject(request.getObject());
    }),
    registerResourceOutputs: unary(() => new Empty()),
    registerResourceHook: unary(() => new Empty()),
    invoke: unary((request: pb.ResourceInvokeRequest) => new pb.ResourceInvokeResponse().setReturn(request.getArgs())),
    signalAndWaitForShutdown: unary(() => new Empty()),
  };
}

function log(errors: string[]) {
  return {
    log: unary((request: engine.LogRequest) => {
      if (request.getSeverity() === engine.LogSeverity.ERROR) {
        errors.push(request.getMessage());
      }
      return new Empty();
    }),
    getRootResource: unary(() => new engine.GetRootResourceResponse()),
    setRootResource: unary(() => new engine.SetRootResourceResponse()),
  };
}
