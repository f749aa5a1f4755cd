import { startEcs, type Ecs } from "../offline/stand-ins/ecs";
import type { TaskDefinition } from "../offline/stand-ins/ecs-shapes";
import { startLogs, type Logs } from "../offline/stand-ins/logs";
import { startSts } from "../offline/stand-ins/sts";

export interface AwsHereArgs {
  readonly accountId: string;
  readonly cluster: string;
  readonly taskDefinitions: readonly TaskDefinition[];
  readonly logGroups: readonly string[];
}

/** What the migration talks to, on this computer; AWS's SDK finds it through the environment. */
export interface AwsHere {
  readonly ecs: Ecs;
  readonly logs: Logs;
  stop(): Promise<void>;
}

export async function startAwsHere({ accountId, cluster, taskDefinitions, logGroups }: AwsHereArgs): Promise<AwsHere> {
  const logs = await startLogs({ groups: logGroups });
  const sts = await startSts({ accountId, arn: `arn:aws:iam::${accountId}:user/somebody` });
  const ecs = await startEcs({
    region: "eu-west-1",
    accountId,
    clusters: [cluster],
    taskDefinitions,
    logs,
    secrets: { call: () => Promise.reject(new Error("no container here has secrets")) },
    directoryOf: () => __dirname,
    environmentOf: () => ({}),
  });
  const restore = setEnvironment({
    AWS_ENDPOINT_URL_ECS: ecs.url,
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: logs.url,
    AWS_ACCESS_KEY_ID: "AKIATEST",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: undefined,
  });
  return {
    ecs,
    logs,
    stop: async () => {
      restore();
      await Promise.all([ecs.stop(), logs.stop(), sts.stop()]);
    },
  };
}

/** Sets and unsets variables, until the returned function is called. */
function setEnvironment(variables: Record<string, string | undefined>): () => void {
  const before = Object.keys(variables).map((name): [string, string | undefined] => [name, process.env[name]]);
  const set = (entries: [string, string | undefined][]) => entries.forEach(([name, value]) => {
    if (value === undefined) {
      delete process.env[name];
    } else {
      process.env[name] = value;
    }
  });
  set(Object.entries(variables));
  return () => set(before);
}
