import * as shipped from "../../delivery/settings";
import { render, type Plan } from "../../offline/render";
import * as stackFile from "../../offline/stack-file";
import type { Config } from "../../offline/stack-file";
import { exampleConfig } from "../example/config";
import { exampleDelivery } from "../example/delivery";
import { isAllowedAsAwsHearsIt, type Documents, type Request } from "../iam/simulate";
import { load } from "../loaded";
import { all, list, only, statements, type Statement } from "../plans";

/** The example's account as bootstrap/ is called with it: what its own file may say otherwise. */
const example = {
  "aws:region": "eu-west-1", "accounts-bootstrap:accountId": "123456789012", "accounts-bootstrap:gitHubProvider": "",
} satisfies Config;

/** The plan of the example's account, perhaps with other settings of the delivery, or other files of the stacks. */
export async function prepared(
  settings: Partial<shipped.DeliverySettings> = {}, config: Config = {},
  files: Readonly<Record<string, Config>> = exampleFiles(),
): Promise<Plan> {
  const forget = [
    load(require.resolve("../../delivery/settings"), () =>
      ({ ...shipped, delivery: { ...exampleDelivery(Object.keys(files)), ...settings } })),
    load(require.resolve("../../offline/stack-file"), () => ({ ...stackFile, readStackFile: (stack: string) => files[stack] })),
  ];
  try {
    return (await render("main", { project: stackFile.bootstrap, config: { ...example, ...config } })).plan;
  } finally {
    forget.forEach((undo) => undo());
  }
}

function exampleFiles(): Record<string, Config> {
  return Object.fromEntries(stackFile.committedStacks().map((stack) => [stack, exampleConfig(stack)]));
}

/** The documents of a role of the pipeline, by the role's logical name. */
export function documentsOf(plan: Plan, role: string): Documents {
  const { name, permissionsBoundary } = only(plan, "aws:iam/role:Role", role).inputs;
  const policies = all(plan, "aws:iam/policy:Policy");
  const textOf = (arn: unknown) => policies.find(({ state }) => state["arn"] === arn)?.inputs["policy"] as string;
  return {
    identity: [
      ...all(plan, "aws:iam/rolePolicy:RolePolicy").filter(({ inputs }) => inputs["role"] === name)
        .map(({ inputs }) => inputs["policy"] as string),
      ...all(plan, "aws:iam/rolePolicyAttachment:RolePolicyAttachment").filter(({ inputs }) => inputs["role"] === name)
        .map(({ inputs }) => textOf(inputs["policyArn"])),
    ],
    ...permissionsBoundary !== undefined && { boundary: textOf(permissionsBoundary) },
    resource: undefined,
  };
}

const accountId = "123456789012";

/** Whether a role with these documents may do this in the committed account, as AWS hears it. */
export function isAllowedTo(
  documents: Documents, { action, resource, context }: Pick<Request, "action" | "context" | "resource">,
): Promise<boolean> {
  const [service = ""] = action.split(":");
  const request = { principal: `arn:aws:iam::${accountId}:role/pipeline`, action, resource, accountId, context };
  return isAllowedAsAwsHearsIt(request, { ...about(service, documents), resource: service === "kms" ? delegatingKey : undefined });
}

/** The policy of every key of ours leaves it to IAM who of the account may use it. */
const delegatingKey = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: "kms:*", Resource: "*" }],
});

/** The parts of the documents that speak of a service; the others decide nothing about it, and take their time. */
function about(service: string, { identity, boundary, resource }: Documents): Documents {
  const speaks = ({ Action }: Statement) => list(Action).some((action) => action === "*" || action.startsWith(`${service}:`));
  const part = (text: string) => JSON.stringify({ Version: "2012-10-17", Statement: statements(text).filter(speaks) });
  return {
    identity: identity.map(part).filter((text) => statements(text).length > 0),
    ...boundary !== undefined && { boundary: part(boundary) },
    resource,
  };
}

export function trustOf(plan: Plan, role: string): Statement[] {
  return statements(only(plan, "aws:iam/role:Role", role).inputs["assumeRolePolicy"] as string);
}
