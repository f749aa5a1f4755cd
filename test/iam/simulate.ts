import * as assert from "node:assert/strict";

import { runSimulation, type Simulation } from "@cloud-copilot/iam-simulate";

export interface Request {
  /** The ARN of a role, or the name of a service of AWS. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** The account of the resource: not every ARN names it. */
  readonly accountId: string;
  readonly context: Readonly<Record<string, string | string[]>>;
}

/** The documents that decide: those of the principal, its boundary, and the one that stands on the resource. */
export interface Documents {
  readonly identity: readonly string[];
  readonly boundary?: string;
  readonly resource: string | undefined;
}

/** What IAM would decide. A request it would not understand (an unknown action, a key it does not have) is an error. */
export async function isAllowed(request: Request, documents: Documents): Promise<boolean> {
  const { allowed, ignored, label } = await decide(request, documents);
  // A key that is left out would make a condition on it false, whatever its value.
  assert.deepEqual(ignored, [], `${label}: the simulator leaves these keys out`);
  return allowed;
}

/** The same where the request says more than the action has keys for: AWS hears nothing of the others. */
export async function isAllowedAsAwsHearsIt(request: Request, documents: Documents): Promise<boolean> {
  return (await decide(request, documents)).allowed;
}

async function decide(request: Request, documents: Documents) {
  const outcome = await runSimulation(simulation(request, documents), {});
  const label = `${request.principal} ${request.action} ${request.resource}`;
  assert.ok(outcome.resultType === "single", `${label}: ${JSON.stringify(outcome)}`);
  return { allowed: outcome.overallResult === "Allowed", ignored: outcome.result.ignoredContextKeys, label };
}

function simulation({ principal, action, resource, accountId, context }: Request, documents: Documents): Simulation {
  return {
    request: { principal, action, resource: { resource, accountId }, contextVariables: { ...context } },
    identityPolicies: documents.identity.map((policy, index) => ({ name: `${index}`, policy: JSON.parse(policy) as object })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...documents.boundary !== undefined
      && { permissionBoundaryPolicies: [{ name: "boundary", policy: JSON.parse(documents.boundary) as object }] },
    ...documents.resource !== undefined && { resourcePolicy: JSON.parse(documents.resource) as object },
  };
}
