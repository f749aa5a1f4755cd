import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

import type * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

import { quickStart } from "../../delivery/pulumi/quick-start";
import type { Variables } from "./environment";
import { toldTheUser } from "./node-host";
import { serve, unary, type Served } from "./wire";

/**
 * What a released CLI has beside it as `pulumi-language-nodejs`, and one that is built from its module has not: it
 * starts the SDK's own entry. The engine attaches it by `PULUMI_DEBUG_LANGUAGES=nodejs:<port>`. Programs have the
 * variables of this process and those given.
 */
export function startLanguageHost(variables: Variables): Promise<Served> {
  let engine = "";
  return serve([LanguageRuntimeService, {
    handshake: unary((request: pb.LanguageHandshakeRequest) => {
      engine = request.getEngineAddress();
      return new pb.LanguageHandshakeResponse();
    }),
    run: unary((request: pb.RunRequest) => run(request, engine, variables)),
    cancel: unary(() => new Empty()),
    getPluginInfo: unary(() => new PluginInfo()),
    getRequiredPackages: unary(() => new pb.GetRequiredPackagesResponse()),
    runPlugin: (call: grpc.ServerWritableStream<pb.RunPluginRequest, pb.RunPluginResponse>) => runPolicies(call),
  }]);
}

/** A pack of policies, which is the only plugin of Node here. The engine reads its port from what it prints. */
function runPolicies(call: grpc.ServerWritableStream<pb.RunPluginRequest, pb.RunPluginResponse>): void {
  const folder = call.request.getInfo()?.getProgramDirectory() ?? "";
  const child = spawn(process.execPath, [require.resolve("@pulumi/pulumi/cmd/run-policy-pack"), ...call.request.getArgsList(), folder], {
    cwd: folder, env: process.env, stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", (said: Uint8Array) => call.write(new pb.RunPluginResponse().setStdout(said)));
  child.stderr.on("data", (said: Uint8Array) => call.write(new pb.RunPluginResponse().setStderr(said)));
  child.on("close", (code) => {
    call.write(new pb.RunPluginResponse().setExitcode(code ?? 1));
    call.end();
  });
  // The engine ends it so.
  call.on("cancelled", () => child.kill());
}

async function run(request: pb.RunRequest, engine: string, variables: Variables): Promise<pb.RunResponse> {
  const info = request.getInfo();
  if (info === undefined) {
    throw new Error("the engine did not say which program to run");
  }
  const child = spawn(process.execPath, [
    require.resolve("@pulumi/pulumi/cmd/run", { paths: [info.getProgramDirectory()] }),
    "--monitor", request.getMonitorAddress(), "--engine", engine,
    "--organization", request.getOrganization(), "--project", request.getProject(),
    "--stack", request.toObject().stack,
    "--root-directory", info.getRootDirectory(), "--pwd", request.getPwd(), "--parallel", String(request.getParallel()),
    ...request.getDryrun() ? ["--dry-run"] : [], info.getEntryPoint(),
  ], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      // It leaves nothing behind, unless a test says where.
      ...quickStart(process.env), NODE_COMPILE_CACHE: undefined,
      ...variables,
      PULUMI_NODEJS_TYPESCRIPT: "true",
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries() as Iterable<[string, string]>)),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "close"), text(child.stdout)]);
  const response = new pb.RunResponse().setBail(code === toldTheUser);
  return code === 0 || code === toldTheUser ? response : response.setError(`the program ended with ${code}: ${said}`);
}
