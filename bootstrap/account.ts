import * as pulumi from "@pulumi/pulumi";

import type { Place } from "../delivery/names";
import {
  delivery, exampleRepository, type DeliverySettings, type Deployer, type GitHubRepository,
} from "../delivery/settings";
import { environments } from "../environments";
import type { Settings } from "../environments/settings";
import { readStackFile, type Config } from "../offline/stack-file";

/** A stack of the program, as far as the rights of its pipeline depend on it. */
export interface Stack extends Place {
  readonly name: string;
  readonly deployedBy: Deployer;
  /** Empty for none: then its pipeline has nothing to do with certificates and DNS. */
  readonly domainName: string;
  /** Then its pipeline cannot delete keys, secrets, backups or the objects in its buckets for good. */
  readonly keepsData: boolean;
  readonly webFirewall: boolean;
  /** Where the image comes from that it runs. */
  readonly images: Place;
}

/** The account that is prepared, and what it is prepared for. */
export interface Account extends Place {
  readonly repository: GitHubRepository;
  /** Of Pulumi Cloud; undefined where state is in the account's own bucket. */
  readonly organization: string | undefined;
  /** Those in this account. */
  readonly stacks: readonly Stack[];
  /** Whether it holds the images, and the role that builds them. */
  readonly holdsImages: boolean;
  /** The stacks in other accounts that run these images. */
  readonly readers: readonly Stack[];
}

const documentationAccount = "123456789012";

/** Reads which committed stacks are in the account. Throws a `RunError` with a line for each thing that is wrong. */
export function accountOf(place: Place, settings: DeliverySettings = delivery): Account {
  const all = Object.entries(settings.stacks)
    .map(([name, { deployedBy }]) => ({ name, deployedBy, config: readStackFile(name) }));
  const images = placeOf(readStackFile(settings.imagesOf));
  const stacks = all.map(({ name, deployedBy, config }): Stack => ({
    name, deployedBy, images, ...placeOf(config), ...traitsOf(name, config),
  }));
  const here = stacks.filter(({ accountId }) => accountId === place.accountId);
  const problems = problemsOf(place, settings, here);
  if (problems.length > 0) {
    throw new pulumi.RunError(problems.join("\n"));
  }
  const holdsImages = images.accountId === place.accountId;
  return {
    accountId: place.accountId,
    region: place.region,
    repository: settings.repository,
    organization: settings.backend.kind === "pulumi-cloud" ? settings.backend.organization : undefined,
    stacks: here,
    holdsImages,
    readers: holdsImages ? stacks.filter((stack) => !here.includes(stack)) : [],
  };
}

function placeOf({ "accounts:accountId": accountId = "", "aws:region": region = "" }: Config): Place {
  return { accountId, region };
}

function traitsOf(stack: string, config: Config): Pick<Stack, "domainName" | "keepsData" | "webFirewall"> {
  const { "accounts:environment": environment = "", "accounts:domainName": domainName = "" } = config;
  const settings = (environments as Record<string, Settings | undefined>)[environment];
  if (settings === undefined) {
    throw new pulumi.RunError(`Pulumi.${stack}.yaml: accounts:environment is "${environment}", but must be one of ` +
      Object.keys(environments).join(", "));
  }
  return { domainName, keepsData: settings.keepsData, webFirewall: settings.webFirewall !== "none" };
}

function problemsOf(place: Place, { repository, backend }: DeliverySettings, stacks: readonly Stack[]): string[] {
  const { owner, name } = repository;
  const rules: [holds: boolean, problem: string][] = [
    [stacks.length > 0,
      `no committed stack is in account ${place.accountId}, which accounts-bootstrap:accountId in bootstrap/Pulumi.<account>.yaml says: ` +
      "it must be that of accounts:accountId in a Pulumi.<stack>.yaml"],
    [repository !== exampleRepository || place.accountId === documentationAccount,
      `repository in delivery/settings.ts is still the example ${owner}/${name}: the account would trust somebody else's; ` +
      "put your own there"],
    ...stacks.flatMap((stack): typeof rules => [
      [stack.region === place.region,
        `Pulumi.${stack.name}.yaml: aws:region is ${stack.region}, but this account is prepared in ${place.region} only: ` +
        "move the stack there, or to an account of its own"],
      [!stacks.some((other) => stack.name.startsWith(`${other.name}-`)),
        `the stack ${stack.name} must have another name, or be in another account: accounts-${stack.name.split("-")[0]}-* is ` +
        "what belongs to a stack whose name it begins with"],
      [stack.deployedBy === "github" || backend.kind === "pulumi-cloud",
        `stacks.${stack.name}.deployedBy in delivery/settings.ts is ${stack.deployedBy}, which needs the backend pulumi-cloud`],
    ]),
  ];
  return rules.filter(([holds]) => !holds).map(([, problem]) => problem);
}
