import { titleOf, type Mutation } from "./mutation";

export interface Verdict {
  readonly mutation: Mutation;
  /** Who noticed: a test, or where none did the compiler. A test that never ends tells nobody what is wrong. */
  readonly by: "test" | "types" | "nobody" | "hung";
  /** The test that failed; empty for others. */
  readonly what: string;
  readonly message: string;
  readonly seconds: number;
}

const words = { test: "noticed", types: "noticed by the compiler", nobody: "SURVIVED", hung: "HANGS" };

/** One line, while it runs. */
export function lineOf({ mutation, by, what, message, seconds }: Verdict, number: number, of: number): string {
  const said = { test: what, hung: what, types: firstLine(message), nobody: "" }[by];
  return `[${number}/${of}] ${seconds.toFixed(1)} s, ${words[by]}: ${titleOf(mutation)}${said && `\n        ${said}`}`;
}

/** How it ended: the numbers, and each mistake that nobody noticed. */
export function reportOf(verdicts: readonly Verdict[]): string[] {
  const count = (by: Verdict["by"]) => verdicts.filter((verdict) => verdict.by === by).length;
  const survivors = verdicts.filter(({ by }) => by === "nobody" || by === "hung");
  return [
    `${verdicts.length} mistakes: ${count("test")} noticed by a test, ${count("types")} by the compiler alone, ` +
    `${survivors.length} by nobody`,
    ...survivors.flatMap(({ by, what, mutation: { file, from, to, then } }) => [
      "", `${file}: ${then}${by === "hung" ? ` (a test hangs: ${what})` : ""}`, ...indented("-", from), ...indented("+", to),
    ]),
  ];
}

function indented(sign: string, text: string): string[] {
  return text.split("\n").map((line) => `  ${sign} ${line}`);
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
