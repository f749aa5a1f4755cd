import { GetParameterCommand, GetParameterHistoryCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

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

/** The latest first; Parameter Store keeps 100. */
export async function recordHistory(stack: string): Promise<DatedRecord[]> {
  const ssm = client(stack);
  const records: DatedRecord[] = [];
  for (let token: string | undefined, more = true; more; more = token !== undefined) {
    const { Parameters = [], NextToken } = await ssm.send(
      new GetParameterHistoryCommand({ Name: deploymentRecord(stack), MaxResults: 50, NextToken: token }),
    );
    for (const { Value, LastModifiedDate = new Date(0) } of Parameters) {
      records.push({ ...parse(stack, Value), at: LastModifiedDate });
    }
    token = NextToken;
  }
  return records.toReversed();
}

function client(stack: string): SSMClient {
  return new SSMClient({ region: placeOf(stack).region });
}

function parse(stack: string, value = ""): DeploymentRecord {
  try {
    const record = JSON.parse(value) as DeploymentRecord;
    if (/^[0-9a-f]{40,64}$/.test(record.commit) && ["deploying", "failed", "deployed"].includes(record.result)) {
      return record;
    }
  } catch {
    // Not JSON is the same mistake as JSON of another shape.
  }
  throw new Error(`the parameter ${deploymentRecord(stack)} is ${JSON.stringify(value)}, but must be a record as delivery/deployment/record.ts `
    + "writes it: put the value before it back, or delete the parameter to deploy as if for the first time");
}
