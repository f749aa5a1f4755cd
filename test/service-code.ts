import { join } from "node:path";

import { projectFolder } from "../offline/stack-file";

export const serviceFolder = join(projectFolder, "service");

type Environment = Readonly<Record<string, string>>;

type Config = Readonly<
  Record<"DATABASE_PORT", number> & Record<"AWS_REGION" | "DATABASE_CA_FILE" | "DATABASE_NAME", string>
>;

type ServiceConfig = Config & Readonly<
  Record<
    | "DATABASE_LANE_CONNECTIONS" | "DATABASE_POOL_CONNECTIONS" | "DATABASE_STATEMENT_TIMEOUT_SECONDS" | "DRAIN_SECONDS" | "KEEP_ALIVE_TIMEOUT_SECONDS" | "PORT"
    | "REQUEST_TIMEOUT_SECONDS" | "STOP_TIMEOUT_SECONDS", number>
  & Record<"METRICS_NAMESPACE" | "TRUSTED_PROXY_CIDR", string>
>;

interface Schema {
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What the process counts. */
type Traffic = object;

type GaugeSources = Pick<Service, "database" | "secrets"> & {
  readonly credentials: { readonly ageSeconds: number };
  readonly openSockets: () => number;
};

/** What the process looks at from time to time. */
interface Gauges {
  close(): void;
}

/** A line of CloudWatch's embedded metric format. */
interface MetricLine {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

/** A service that is put together, but does not listen. */
export interface Service {
  readonly app: {
    hasRoute(route: { method: string; url: string }): boolean;
    inject(request: { url: string }): Promise<{ statusCode: number; headers: Readonly<Record<string, unknown>> }>;
    close(): Promise<void>;
  };
  readonly lifecycle: { becomeReady(): void; drain(): void };
  readonly database: object;
  readonly secrets: object;
  readonly traffic: Traffic;
}

/** As much of the service's code as its contract with the infrastructure is about. */
export interface ServiceCode {
  readonly ServiceConfig: Schema;
  readonly MigrationConfig: Schema;
  readonly START_PATIENCE_SECONDS: number;
  readonly STOP_RESERVE_SECONDS: number;
  readonly problemTypes: Readonly<Record<string, { readonly status: number; readonly title: string }>>;
  readServiceConfig(environment: Environment): ServiceConfig;
  readMigrationConfig(environment: Environment): Config;
  createService(config: ServiceConfig, log: unknown): Promise<Service>;
  createLog(name: string, level: string): unknown;
  readonly Gauges: new (sources: GaugeSources) => Gauges;
  takeLines(namespace: string, minute: number, traffic: Traffic, gauges: Gauges): MetricLine[];
}

/** Loads the service's modules by their path: their types are checked in their own package, by options of its own. */
export async function loadServiceCode(): Promise<ServiceCode> {
  const files = ["config", "log", "metrics/gauges", "metrics/metrics", "problem-types", "service"];
  const modules = files.map((name) => import(join(serviceFolder, "src", `${name}.ts`)));
  return Object.assign({}, ...await Promise.all(modules as Promise<object>[])) as ServiceCode;
}
