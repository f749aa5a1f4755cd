/** One instruction of a Dockerfile. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
  /** The list that the text is, in JSON; a shell would read anything else. */
  readonly words: readonly string[] | undefined;
}

/** What stands before the first FROM, and then a stage for each. */
export interface Stage {
  readonly base: string;
  readonly alias: string | undefined;
  readonly instructions: readonly Instruction[];
}

const known = ["ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "LABEL", "RUN", "USER", "WORKDIR"];

/** Reads as much of a Dockerfile as ours needs, and refuses what it does not know. */
export function readDockerfile(text: string): Stage[] {
  const lines = text.replaceAll(/^\s*#.*\n/gm, "").replaceAll(/\\\n/g, " ").split("\n").map((line) => line.trim());
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [{ base: "", alias: undefined, instructions: [] }];
  for (const instruction of lines.filter((line) => line !== "").map(readInstruction)) {
    if (instruction.name === "FROM") {
      const [base = "", as, alias] = instruction.text.split(" ").filter((word) => !word.startsWith("--"));
      stages.push({ base, alias: as === "AS" ? alias : undefined, instructions: [] });
    } else {
      stages.at(-1)?.instructions.push(instruction);
    }
  }
  return stages;
}

/** Puts values for `$name`, `${name}` and `${name:+text}`, as far as Docker's rules are needed here. */
export function substitute(text: string, values: Readonly<Record<string, string>>): string {
  const whole = text.replace(/\$\{(\w+):\+([^}]*)\}/g, (_, name: string, word: string) => values[name] ? word : "");
  return whole.replace(/\$\{(\w+)\}|\$(\w+)/g, (_, braced: string, plain: string) => values[braced ?? plain] ?? "");
}

function readInstruction(line: string): Instruction {
  const [, name = "", text = ""] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
  if (!known.includes(name)) {
    throw new Error(`the Dockerfile says "${line}", which is none of ${known.join(", ")}`);
  }
  return { name, text, words: text.startsWith("[") ? JSON.parse(text) as string[] : undefined };
}
