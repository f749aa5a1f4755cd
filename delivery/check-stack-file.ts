import {
  committedStacks, readStackEncryption, readStackFile, type Config, type StackEncryption,
} from "../offline/stack-file";
import { arnOfRole, permissionsBoundary, roleOf, secretsProvider } from "./names";
import type { DeliverySettings } from "./settings";

type Rules = [holds: boolean, problem: string][];

/** A `Pulumi.<stack>.yaml`. */
export interface StackFile {
  readonly stack: string;
  readonly config: Config;
  readonly encryption: StackEncryption;
}

/** What AWS allows for the name of a role. */
const longestRoleName = 64;

export function committedStackFiles(): StackFile[] {
  return committedStacks().map((stack) =>
    ({ stack, config: readStackFile(stack), encryption: readStackEncryption(stack) }));
}

/** What the names of roles and buckets are made of. */
export function placeProblems({ stack, config }: Pick<StackFile, "stack" | "config">): string[] {
  const { "accounts:accountId": accountId = "", "aws:region": region = "" } = config;
  const rules: Rules = [
    [/^\d{12}$/.test(accountId),
      `Pulumi.${stack}.yaml: accounts:accountId is "${accountId}", but must be the 12 digits of an AWS account, in quotes`],
    [/^[a-z]{2}(-[a-z]+)+-\d$/.test(region),
      `Pulumi.${stack}.yaml: aws:region is "${region}", but must be a region such as eu-west-1`],
    [roleOf("preview", stack).length <= longestRoleName,
      `the stack ${stack} makes the role ${arnOfRole(roleOf("preview", stack), { accountId, region })}, whose name is longer ` +
      `than the ${longestRoleName} characters that AWS allows: give the stack a shorter name`],
  ];
  return failed(rules);
}

/** What the file of a stack needs before a pipeline can deploy it: the three lines that `docs/delivery.md` makes. */
export function pipelineProblems(settings: DeliverySettings, files: readonly StackFile[]): string[] {
  const deployed = files.filter(({ stack }) => Object.hasOwn(settings.stacks, stack));
  return failed(deployed.flatMap((file) =>
    [boundaryRule(settings, file), encryptionRule(settings, file), ownKeyRule(file, deployed)]));
}

function boundaryRule(settings: DeliverySettings, { stack, config }: StackFile): Rules[number] {
  const { "accounts:permissionsBoundary": found = "" } = config;
  const wanted = permissionsBoundary(stack);
  return [found === wanted,
    `Pulumi.${stack}.yaml: accounts:permissionsBoundary is "${found}", but the pipeline may make only roles that ${wanted} ` +
    `limits: run \`pulumi config set accounts:permissionsBoundary ${wanted} --stack ${nameOf(stack, settings)}\``];
}

/** Pulumi Cloud may keep the key as well. Then the file says nothing of it. */
function encryptionRule(settings: DeliverySettings, { stack, config, encryption }: StackFile): Rules[number] {
  const { secretsprovider = "", encryptedkey = "" } = encryption;
  const { "accounts:accountId": accountId = "", "aws:region": region = "" } = config;
  const wanted = secretsProvider(stack, { accountId, region });
  const isCloud = settings.backend.kind === "pulumi-cloud";
  const isCloudsOwn = isCloud && secretsprovider === "" && encryptedkey === "";
  const found = secretsprovider === wanted ? "encryptedkey is missing" : `secretsprovider is "${secretsprovider}"`;
  const orNeither = isCloud ? " (or neither line, with a key of Pulumi Cloud's own)" : "";
  const name = nameOf(stack, settings);
  return [isCloudsOwn || (secretsprovider === wanted && encryptedkey !== ""),
    `Pulumi.${stack}.yaml: ${found}, but the key that bootstrap/ makes has to encrypt the stack's secrets${orNeither}: run ` +
    `\`pulumi stack init ${name} --secrets-provider "${wanted}"\`, or for a stack that is there ` +
    `\`pulumi stack change-secrets-provider "${wanted}" --stack ${name}\`, and commit the file`];
}

/** A file that was copied from another stack's would go on with that one's key. */
function ownKeyRule({ stack, encryption: { encryptedkey } }: StackFile, all: readonly StackFile[]): Rules[number] {
  const before = all.slice(0, all.findIndex((file) => file.stack === stack));
  const other = before.find(({ encryption }) => encryptedkey !== undefined && encryption.encryptedkey === encryptedkey);
  return [other === undefined,
    `Pulumi.${stack}.yaml: encryptedkey is that of ${other?.stack}, but each stack must have its own: take the lines ` +
    `secretsprovider and encryptedkey out of Pulumi.${stack}.yaml and make the stack as docs/delivery.md says, Bootstrap`];
}

/** For whoever types the command, and may have another organization as their own. */
function nameOf(stack: string, { backend }: DeliverySettings): string {
  return backend.kind === "bucket" ? stack : `${backend.organization}/accounts/${stack}`;
}

function failed(rules: Rules): string[] {
  return rules.filter(([holds]) => !holds).map(([, problem]) => problem);
}
