import { PulumiCommand } from "@pulumi/pulumi/automation";

import { installations } from "../../delivery/pulumi/cli";
import { buildPulumiCli, committedVersion } from "./build-pulumi-cli";

let search: Promise<PulumiCommand> | undefined;

/** The CLI for a suite. Without one the suite is skipped with one line that says why, or fails where `CI` is "true". */
export async function pulumiCliFor(suite: Mocha.Context): Promise<PulumiCommand> {
  suite.timeout("25m");
  const first = search === undefined;
  search ??= findPulumiCli();
  try {
    return await search;
  } catch (error) {
    if (process.env.CI === "true") {
      throw error;
    }
    if (first) {
      process.stderr.write(`\n*** ENGINE TESTS SKIPPED: ${messageOf(error)}\n\n`);
    }
    return suite.skip();
  }
}

/** Takes an installed CLI that is new enough, else builds one. The error is one line that names every place tried. */
export async function findPulumiCli(): Promise<PulumiCommand> {
  const refusals: string[] = [];
  for (const place of installations()) {
    const found = await take(place.name, place.root, refusals);
    if (found !== undefined) {
      return found;
    }
  }
  try {
    return await PulumiCommand.get({ root: await buildPulumiCli() });
  } catch (error) {
    refusals.push(`building it with Go: ${reasonOf(error)}`);
  }
  throw new Error(`no Pulumi CLI ${committedVersion()} or newer (${refusals.join("; ")}). `
    + "Install one (https://www.pulumi.com/docs/install), or Go, from which the tests build it");
}

async function take(name: string, root: string | undefined, refusals: string[]): Promise<PulumiCommand | undefined> {
  try {
    const command = await PulumiCommand.get({ root, skipVersionCheck: true });
    if (command.version !== null && command.version.compare(committedVersion()) >= 0) {
      return command;
    }
    refusals.push(`${name}: is ${command.version?.format() ?? "of no known version"}`);
  } catch (error) {
    refusals.push(`${name}: ${reasonOf(error)}`);
  }
  return undefined;
}

function reasonOf(error: unknown): string {
  const message = messageOf(error);
  if (/ENOENT/.test(message)) {
    return "not installed";
  }
  return message.trim().split("\n").at(-1) ?? message;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
