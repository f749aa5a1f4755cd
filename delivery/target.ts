import { readStackFile } from "../offline/stack-file";
import { checkDelivery, isSetUp } from "./check";
import {
  arnOfRole, buildRole, deploySessionSeconds, imageRepository, roleOf, stateUrl, type Duty, type Place,
} from "./names";
import { delivery, type Deployer, type DeliverySettings } from "./settings";

/** What a job is told, by the names it knows it by. */
export type Target = Readonly<Record<string, string>>;

/** A preview is done in minutes. */
const previewSessionSeconds = 3600;

/** Pulumi Cloud's own address, for `PULUMI_BACKEND_URL`. */
const pulumiCloud = "https://api.pulumi.com";

/** What a job needs to preview or deploy a stack. */
export function targetOfStack(stack: string, duty: Duty): Target {
  const place = placeOf(stack);
  const { backend } = delivery;
  return {
    role: arnOfRole(roleOf(duty, stack), place),
    region: place.region,
    "session-seconds": String(duty === "preview" ? previewSessionSeconds : deploySessionSeconds),
    "backend-url": backend.kind === "bucket" ? stateUrl(place) : pulumiCloud,
    // Empty with a bucket: nobody then asks Pulumi Cloud for a token.
    organization: backend.kind === "bucket" ? "" : backend.organization,
  };
}

/** What a job needs to push the image that all stacks run. */
export function targetOfImage(): Target {
  const place = imagePlace();
  return { role: arnOfRole(buildRole, place), region: place.region, registry: registryOf(place) };
}

/** `<account>.dkr.ecr.<region>.amazonaws.com/accounts`. */
export function imageRepositoryUri(): string {
  return `${registryOf(imagePlace())}/${imageRepository}`;
}

/** The stacks for a job's matrix, in the order in which a change reaches them. */
export function stacksOf(deployer: Deployer, { stacks }: Pick<DeliverySettings, "stacks"> = delivery): string[] {
  return Object.keys(stacks).filter((stack) => stacks[stack]?.deployedBy === deployer);
}

/** Which stacks the jobs after this one are for: none of a clone that was not told which repository it is. */
function targetOfStacks(deployer: Deployer): Target {
  const ready = isSetUp();
  if (!ready) {
    process.stderr.write("::notice::nothing is deployed from here yet: docs/delivery.md says how to set it up\n");
  }
  return { ready: String(ready), stacks: JSON.stringify(ready ? stacksOf(deployer) : []) };
}

/** Where the images of all stacks are. */
export function imagePlace(): Place {
  return placeOf(delivery.imagesOf);
}

/** As Pulumi takes it everywhere: with a token of an organization, Pulumi Cloud knows no stack by its short name. */
export function stackReference(stack: string, { backend }: DeliverySettings = delivery): string {
  return backend.kind === "bucket" ? stack : `${backend.organization}/accounts/${stack}`;
}

function registryOf({ accountId, region }: Place): string {
  return `${accountId}.dkr.ecr.${region}.amazonaws.com`;
}

export function placeOf(stack: string): Place {
  const { "accounts:accountId": accountId = "", "aws:region": region = "" } = readStackFile(stack);
  return { accountId, region };
}

const usage = "usage: npm run --silent target -- stack <stack> preview|deploy | image | stacks github|pulumi-deployments";

/** What the words after `npm run target --` ask for. */
export function targetOf([what, ...rest]: readonly string[]): Target {
  const [first = "", second] = rest;
  if (what === "stack" && (second === "preview" || second === "deploy")) {
    return targetOfStack(first, second);
  }
  if (what === "image" && rest.length === 0) {
    return targetOfImage();
  }
  if (what === "stacks" && (first === "github" || first === "pulumi-deployments")) {
    return targetOfStacks(first);
  }
  throw new Error(`${usage}, but got "${[what, ...rest].join(" ")}"`);
}

if (require.main === module) {
  try {
    checkDelivery(isSetUp() ? process.env : {});
    process.stdout.write(Object.entries(targetOf(process.argv.slice(2))).map(([name, value]) => `${name}=${value}\n`).join(""));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
