import { stackReference } from "../target";
import { runPulumi } from "./run";

/** What a stack exports, by the names of `index.ts`. Rejects with what Pulumi says where it has none. */
export function stackOutputs(stack: string): Promise<Readonly<Record<string, unknown>>> {
  return outputsOf(stackReference(stack));
}

/** The same of a stack by the name that Pulumi knows it by. */
export async function outputsOf(reference: string): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await runPulumi(["stack", "output", "--json", "--stack", reference], { output: "capture" });
  if (code !== 0) {
    throw new Error(`the outputs of stack ${reference} cannot be read: ${stderr.trim()}`);
  }
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** One of them, whose type is known to who asks. Rejects where the stack was never up with it. */
export async function stackOutput<T = string>(stack: string, name: string): Promise<T> {
  const value = (await stackOutputs(stack))[name];
  if (value === undefined) {
    throw new Error(`stack ${stack} has no output ${name}: it was never up with this program, so run \`pulumi up\` first`);
  }
  return value as T;
}
