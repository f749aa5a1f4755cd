import type { Outcome } from "./rounds.ts";
import type { Figure } from "./statistics.ts";

export type Target = { readonly least: number } | { readonly most: number };
export type Verdict = "met" | "missed" | "too noisy to tell";

export interface Row {
  readonly cells: readonly string[];
  readonly target?: string;
  readonly verdict?: Verdict;
}

/** One table. The columns of target and verdict are added to those named here. */
export interface Section {
  readonly title: string;
  /** How the numbers came about. */
  readonly note?: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** Fewer rounds have a median that one bad slice can move. */
const ENOUGH_ROUNDS = 10;
/** Beyond this share of the machine in other hands, caches and clock are theirs as well. */
const QUIET_FOREIGN_SHARE = 0.05;
/** Of the median distance from the median; the targets are about this far from what is seen. */
const QUIET_SPREAD = 0.05;

/** What is asked of a figure, and whether it came out so; nothing when the machine was not quiet enough to say. */
export function judge(figure: Figure, target: Target, outcome: Outcome<never, unknown>): Pick<Row, "target" | "verdict"> {
  const alone = !(outcome.foreign > QUIET_FOREIGN_SHARE);
  const quiet = outcome.rounds >= ENOUGH_ROUNDS && alone && figure.spread <= QUIET_SPREAD;
  const met = "least" in target ? figure.median >= target.least : figure.median <= target.most;
  const verdict = met ? "met" : "missed";
  return {
    target: "least" in target ? `>= ${target.least}` : `<= ${target.most}`,
    verdict: quiet ? verdict : "too noisy to tell",
  };
}

/** The median, and between which values all rounds were. */
export function range(figure: Figure, digits = 2): string {
  const [middle, least, most] = [figure.median, figure.least, figure.most].map((value) => value.toFixed(digits));
  return `${middle} (${least} to ${most})`;
}

export function whole(figure: Figure): string {
  return Math.round(figure.median).toLocaleString("en-US");
}

export function noteOf({ foreign, rounds }: Outcome<never, unknown>): string {
  const others = Number.isNaN(foreign) ? "an unknown share" : `${(100 * foreign).toFixed(1)} %`;
  return `Median (least to most) of ${rounds} rounds; ${others} of the machine's CPU time went to others.`;
}

/** Tables that read well in a terminal, and are Markdown as they are. */
export function render(sections: readonly Section[]): string {
  return sections.map(({ title, note, columns, rows }) => {
    const lines = [
      [...columns, "target", "verdict"],
      ...rows.map(({ cells, target = "", verdict = "" }) => [...cells, target, verdict]),
    ];
    const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
    const padded = lines.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`);
    const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
    const heading = [`### ${title}`, "", ...note === undefined ? [] : [note, ""]];
    return [...heading, padded[0], rule, ...padded.slice(1)].join("\n");
  }).join("\n\n");
}
