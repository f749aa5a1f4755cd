/** GitHub takes 65,536 characters of a comment or an issue; what is counted differently there needs some room. */
export const longestComment = 60_000;

/**
 * A text as it is, whatever it holds: Markdown, HTML and mentions mean nothing within code. Characters that cannot be
 * seen are spelled out.
 */
export function code(text: string): string {
  const visible = /^\s*$|^\s|\s$/.test(text) ? JSON.stringify(text)
    : text.replace(/[\n\r\t]/g, (char) => JSON.stringify(char).slice(1, -1));
  const shown = visible.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, spelled);
  const fence = "`".repeat(longestRun(shown) + 1);
  return fence.length === 1 ? `\`${shown}\`` : `${fence} ${shown} ${fence}`;
}

/** Lines as they are, in a frame that no line of them can end. */
export function block(lines: readonly string[], language = ""): string {
  const shown = lines.map((line) => line.replace(/[^\P{C}\t]/gu, spelled));
  const fence = "`".repeat(Math.max(3, longestRun(shown.join("\n")) + 1));
  return [`${fence}${language}`, ...shown, fence].join("\n");
}

function spelled(char: string): string {
  return `\\u{${char.codePointAt(0)?.toString(16) ?? ""}}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

/** One of GitHub's coloured boxes. */
export function alert(kind: "CAUTION" | "WARNING" | "NOTE", lines: readonly string[]): string {
  return [`> [!${kind}]`, ...lines.flatMap((line) => line.split("\n")).map((line) => `> ${line}`.trimEnd())].join("\n");
}

export function folded(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;
}

/** The lines that fit into so many characters, and a last one that says how many do not. */
export function fitting(lines: readonly string[], room: number, rest: (missing: number) => string): string[] {
  const length = lines.reduce((sum, line) => sum + line.length + 1, 0);
  if (length <= room) {
    return [...lines];
  }
  const kept: string[] = [];
  let left = room - rest(lines.length).length - 1;
  for (const line of lines) {
    left -= line.length + 1;
    if (left < 0) {
      break;
    }
    kept.push(line);
  }
  return [...kept, rest(lines.length - kept.length)];
}
