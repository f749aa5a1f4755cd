import { titleOf, type Mutation } from "./mutation";

export interface Verdict {
  readonly mutation: Mutation;
  /** Who noticed: a test, or where none did the compiler. A test that never ends tells nobody what is wrong. */
  readonly by: "test" | "types" | "nobody" | "hung";
  /** The test that failed, with the error where it is not one of the test's own, or what the compiler says. */
  readonly what: string;
  readonly seconds: number;
}

const words = { test: "noticed", types: "noticed by the compiler", nobody: "SURVIVED", hung: "HANGS" };

/** One line, while it runs. */
export function lineOf({ mutation, by, what, seconds }: Verdict, number: number, of: number): string {
  return `[${number}/${of}] ${seconds.toFixed(1)} s, ${words[by]}: ${titleOf(mutation)}${what && `\n        ${what}`}`;
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
