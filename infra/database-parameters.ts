import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

import type { DatabaseSettings } from "../environments/settings";

export interface MajorVersions {
  readonly current: string;
  /** Those from which an upgrade still waits for the maintenance window: RDS keeps a parameter group that is in use. */
  readonly leaving: readonly string[];
}

/** PostgreSQL's; RDS installs the minor ones by itself in the maintenance window. */
export const majorVersions: MajorVersions = { current: "18", leaving: [] };

/** What runs: RDS takes no parameter group of another version than the instance's own. */
export interface Software {
  readonly majorVersion: string;
  readonly parameters: aws.rds.ParameterGroup;
}

export function software(
  name: string, { current, leaving }: MajorVersions, settings: DatabaseSettings, parent: pulumi.Resource,
): Software & { readonly parameterGroupNames: readonly pulumi.Output<string>[] } {
  const groupFor = (version: string) => new aws.rds.ParameterGroup(`${name}-parameters-${version}`, {
    family: `postgres${version}`,
    description: "TLS only, a bounded number of connections, no data of users in the log",
    parameters: parametersOf(settings),
  }, { parent });
  const parameters = groupFor(current);
  const groups = [parameters, ...leaving.map(groupFor)];
  return { majorVersion: current, parameters, parameterGroupNames: groups.map((group) => group.name) };
}

function parametersOf({ maxConnections, slowStatementMilliseconds }: DatabaseSettings) {
  const values: Readonly<Record<string, string | number>> = {
    "rds.force_ssl": 1,
    "log_min_duration_statement": slowStatementMilliseconds,
    // What is logged of a statement names its parameters, and does not hold what users have sent in them.
    "log_parameter_max_length": 0,
    "log_parameter_max_length_on_error": 0,
    // The details of an error do hold it: "Failing row contains ...".
    "log_error_verbosity": "terse",
    "log_lock_waits": 1,
    // In kB; all that spills from memory to disk is worth a line.
    "log_temp_files": 0,
    "idle_in_transaction_session_timeout": 60_000,
  };
  return [
    ...Object.entries(values).map(([name, value]) => ({ name, value: String(value), applyMethod: "immediate" })),
    // PostgreSQL reads it at its start alone, and RDS refuses to say otherwise.
    { name: "max_connections", value: String(maxConnections), applyMethod: "pending-reboot" },
  ];
}
