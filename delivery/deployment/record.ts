import {
  GetParameterCommand, GetParameterHistoryCommand, PutParameterCommand, SSMClient, type ParameterHistory,
} from "@aws-sdk/client-ssm";

import { isSetUp } from "../check";
import { deploymentRecord } from "../names";
import { delivery, type DeliverySettings } from "../settings";
import { placeOf } from "../target";
import type { Uncommitted } from "./uncommitted";

/**
 * What was deployed last. Pulumi's state cannot say it: after a deployment that was taken back it holds what was meant,
 * and an output of it stays what it was when an update fails.
 */
export interface DeploymentRecord {
  /** Whose program it was. */
  readonly commit: string;
  /** `<repository>@sha256:<digest>`. */
  readonly image: string;
  /** The run of the workflow, as in its address; or that somebody did it by hand. */
  readonly run: string;
  /** `deploying` until it is done, also for ever where the job was ended from outside. */
  readonly result: "deploying" | "failed" | "deployed";
  /** Only where a person has deployed what no commit has. */
  readonly uncommitted?: Uncommitted;
}

/** One of them, with when it was written. */
export interface DatedRecord extends DeploymentRecord {
  readonly at: Date;
}

/** Whether deployments of a stack leave a record: where a pipeline deploys it, also those that a person does. */
export function isRecorded(stack: string, settings: DeliverySettings = delivery): boolean {
  return Object.hasOwn(settings.stacks, stack) && isSetUp(settings);
}

/** Nothing for a stack that was never deployed. */
export async function readRecord(stack: string, ssm = client(stack)): Promise<DeploymentRecord | undefined> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: deploymentRecord(stack) }));
    return parse(stack, Parameter?.Value);
  } catch (error) {
    if ((error as Error).name === "ParameterNotFound") {
      return undefined;
    }
    throw error;
  }
}

/** After an update that did not end well, ECS may run something else than Pulumi's state says; a refresh looks. */
export function isDoubtful(before: DeploymentRecord | undefined): boolean {
  return (before !== undefined && before.result !== "deployed") || Number(process.env.GITHUB_RUN_ATTEMPT ?? 1) > 1;
}

export async function writeRecord(stack: string, record: DeploymentRecord, ssm = client(stack)): Promise<void> {
  await ssm.send(new PutParameterCommand({
    Name: deploymentRecord(stack),
    Description: "What was deployed last to this stack, and whether it went well",
    Type: "String",
    Value: JSON.stringify(record),
    Overwrite: true,
  }));
}

/** The latest first; Parameter Store keeps 100. Rejects where the latest cannot be read; others are left out then. */
export async function recordHistory(stack: string): Promise<DatedRecord[]> {
  const versions = await versionsOf(stack);
  const [latest] = versions;
  return [
    ...latest === undefined ? [] : [{ ...parse(stack, latest.Value), at: latest.LastModifiedDate ?? new Date(0) }],
    // What somebody has mended since must not stand in the way for ever.
    ...versions.slice(1).flatMap(({ Value, LastModifiedDate: at = new Date(0) }) => {
      const record = recordIn(Value);
      return record === undefined ? [] : [{ ...record, at }];
    }),
  ];
}

/** The latest first; none for a stack that was never deployed. */
async function versionsOf(stack: string): Promise<ParameterHistory[]> {
  const ssm = client(stack);
  const versions: ParameterHistory[] = [];
  try {
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const { Parameters = [], NextToken } = await ssm.send(
        new GetParameterHistoryCommand({ Name: deploymentRecord(stack), MaxResults: 50, NextToken: token }),
      );
      versions.push(...Parameters);
      token = NextToken;
    }
  } catch (error) {
    if ((error as Error).name !== "ParameterNotFound") {
      throw error;
    }
  }
  return versions.toReversed();
}

function client(stack: string): SSMClient {
  return new SSMClient({ region: placeOf(stack).region });
}

function parse(stack: string, value = ""): DeploymentRecord {
  const record = recordIn(value);
  if (record === undefined) {
    throw new Error(`the parameter ${deploymentRecord(stack)} is ${JSON.stringify(value)}, but must be a record as delivery/deployment/record.ts `
      + "writes it: put the value before it back, or delete the parameter to deploy as if for the first time");
  }
  return record;
}

/** Undefined for what is none. */
function recordIn(value = ""): DeploymentRecord | undefined {
  try {
    const record = JSON.parse(value) as DeploymentRecord;
    return /^[0-9a-f]{40,64}$/.test(record.commit) && ["deploying", "failed", "deployed"].includes(record.result)
      ? record : undefined;
  } catch {
    // Not JSON is the same mistake as JSON of another shape.
    return undefined;
  }
}
