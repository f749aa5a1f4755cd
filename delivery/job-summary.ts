import { appendFileSync } from "node:fs";

/** Shows Markdown on the page of the job; where there is no job, on standard error. */
export function summarize(markdown: string): void {
  const { GITHUB_STEP_SUMMARY: file } = process.env;
  if (file === undefined) {
    process.stderr.write(`\n${markdown}\n`);
  } else {
    appendFileSync(file, `${markdown}\n`);
  }
}
