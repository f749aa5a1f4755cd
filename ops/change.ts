import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";

import { parse } from "yaml";

import { checkTypes, runPulumi } from "../delivery/pulumi/run";
import { projectFolder } from "../offline/stack-file";
import { deployNow, propose, type Pipeline } from "./pipeline";
import { imageOf, isOwnImage, serviceOf, taskDefinition } from "./service";
import type { Session } from "./session";
import { fileOf, type Edits } from "./stack-config";

/** A change of a file that decides what a stack is. */
export interface Change {
  /** Below the project's folder. */
  readonly file: string;
  readonly text: string;
  /** What is changed of the stack's configuration; empty for a change of another file. */
  readonly edits: Edits;
  /** What is lost with it, for ever, by Pulumi's names; a pipeline wants to be told. */
  readonly losses: readonly string[];
  /** What will happen, for the person who is asked. */
  readonly consequences: readonly string[];
  /** What to do afterwards. */
  readonly next: readonly string[];
}

/** How it is to be made. */
export interface Manner {
  /** What people are asked is agreed to beforehand. */
  readonly yes: boolean;
  /** Not by way of a merge, where a pipeline deploys the stack. */
  readonly now: boolean;
}

/** Shows the change and makes it: where a pipeline deploys the stack, by a merge unless it has to be at once. */
export async function apply(
  session: Session, change: Change, { yes, now }: Manner, pipeline: Pipeline | undefined,
): Promise<void> {
  const before = readFileSync(join(projectFolder, change.file), "utf8");
  session.say([`${change.file}:`, ...difference(before, change.text), "", ...change.consequences].join("\n"));
  if (pipeline === undefined) {
    await upHere(session, change, yes);
  } else if (now) {
    await deployNow(session, change, pipeline, () => agree(session, yes));
  } else {
    propose(session, change, pipeline);
  }
}

/** Of a stack that no pipeline deploys. */
async function upHere(session: Session, change: Change, yes: boolean): Promise<void> {
  const { stack, dryRun, say } = session;
  const image = await imageArguments(session, change);
  const terminal = process.stdin.isTTY;
  // Without a terminal Pulumi cannot ask; the name of the stack was then typed, or `--yes` said.
  const args = ["up", "--stack", stack, ...image, ...yes || !terminal ? ["--yes"] : []];
  if (dryRun) {
    say(`would write ${change.file}\nwould run pulumi ${args.join(" ")}`);
    return;
  }
  await agree(session, yes);
  await checkTypes();
  writeFileSync(join(projectFolder, change.file), change.text);
  const stackFile = join(projectFolder, fileOf(stack));
  const written = readFileSync(stackFile, "utf8");
  const { code } = await runPulumi(args, { output: "inherit" });
  if (image.length > 0) {
    // Pulumi has put what it was told on its command line into the file.
    writeFileSync(stackFile, written);
  }
  if (code !== 0) {
    const again = ["pulumi", ...args.filter((word) => word !== "--yes")].join(" ");
    throw new Error(`pulumi up ended with ${code}. ${change.file} stays changed: mend what failed and go on with \`${again}\`, `
      + `or go back with \`git checkout ${change.file}\` and \`pulumi up\``);
  }
  say(["", ...change.next, `Commit ${change.file}: the next \`pulumi up\` from elsewhere would take this back.`].join("\n"));
}

/** A stack whose image is given from outside keeps the one it runs: without one, Pulumi would begin to build. */
async function imageArguments(session: Session, { file, text }: Change): Promise<string[]> {
  const stackFile = fileOf(session.stack);
  const { config } = parse(file === stackFile ? text : readFileSync(join(projectFolder, stackFile), "utf8")) as
    { config: Record<string, unknown> };
  if (config["accounts:image"]) {
    return [];
  }
  const { taskDefinition: running = "" } = await serviceOf(session);
  const image = imageOf(await taskDefinition(session, running));
  return isOwnImage(image) ? [] : ["--config", `accounts:image=${image}`];
}

async function agree({ stack }: Session, yes: boolean): Promise<void> {
  if (yes) {
    return;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
  const typed = await Promise.race([terminal.question(`\nType the stack's name to go on (${stack}): `), ended]);
  terminal.close();
  if (typed.trim() !== stack) {
    throw new Error(`"${typed.trim()}" is not ${stack}: nothing was changed`);
  }
}

/** The lines that go and come; what stays is not shown. */
function difference(before: string, after: string): string[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => `  - ${line.trim()}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `  + ${line.trim()}`),
  ];
}
