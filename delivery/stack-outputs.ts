import { runPulumi } from "./pulumi";

/** What a stack exports, by the names of `index.ts`. Rejects with what Pulumi says where it has none. */
export async function stackOutputs(stack: string): Promise<Readonly<Record<string, string>>> {
  const { code, stdout, stderr } = await runPulumi(["stack", "output", "--json", "--stack", stack], { output: "capture" });
  if (code !== 0) {
    throw new Error(`the outputs of stack ${stack} cannot be read: ${stderr.trim()}`);
  }
  return JSON.parse(stdout) as Record<string, string>;
}

/** One of them. Rejects where the stack has never been up. */
export async function stackOutput(stack: string, name: string): Promise<string> {
  const value = (await stackOutputs(stack))[name];
  if (value === undefined) {
    throw new Error(`stack ${stack} has no output ${name}: it has never been up, run \`npm run up -- ${stack}\``);
  }
  return value;
}
