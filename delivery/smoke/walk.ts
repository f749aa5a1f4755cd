import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { Refused, type Round, type SmokeArgs } from "./round";
import { cleanUp, steps } from "./steps";

/** One step of the path of a request, with what was seen, or why it is not so. */
export interface StepResult {
  readonly title: string;
  readonly ok: boolean;
  readonly evidence: string;
  readonly milliseconds: number;
}

/** Looks at a step from the inside, once it has passed; what it saw is told with it, its failure fails the step. */
export type Witness = (round: Round) => Promise<string>;

const pauseMilliseconds = 1_000;

/** Walks the five steps. Those after one that fails are not reached; what was stored is deleted in any case. */
export async function smoke(args: SmokeArgs, witnesses: readonly Witness[] = []): Promise<StepResult[]> {
  const round: Round = { ...args, answers: [], email: `smoke-${randomUUID()}@example.com` };
  const results: StepResult[] = [];
  for (const [index, [title, look]] of steps.entries()) {
    if (results.some(({ ok }) => !ok)) {
      results.push({ title, ok: false, evidence: "not reached", milliseconds: 0 });
      continue;
    }
    results.push(await result(title, async () => {
      const seen = await patiently(args.timeoutSeconds, () => look(round));
      const inside = await witnesses[index]?.(round);
      return inside === undefined ? seen : `${seen}; ${inside}`;
    }));
  }
  const sent = round.answers.some(({ request }) => request.startsWith("POST "));
  return sent ? [...results, await result("clean-up", () => patiently(args.timeoutSeconds, () => cleanUp(round)))] : results;
}

/** One line a step, and one beneath with what was seen. */
export function verdict(results: readonly StepResult[]): string {
  return results.map(({ title, ok, evidence, milliseconds }) =>
    `${ok ? "ok    " : "FAILED"} ${title} (${milliseconds} ms)\n         ${evidence}`).join("\n");
}

async function result(title: string, work: () => Promise<string>): Promise<StepResult> {
  const began = performance.now();
  const outcome = await work().then(
    (evidence) => ({ ok: true, evidence }),
    (error: Error) => ({ ok: false, evidence: error.message.split("\n")[0] ?? "" }),
  );
  return { title, ...outcome, milliseconds: Math.round(performance.now() - began) };
}

/** Tells also of a step that passed late: what fails now and then is not well. */
async function patiently(timeoutSeconds: number, look: () => Promise<string>): Promise<string> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (let tries = 1, before = ""; ; tries += 1) {
    try {
      const seen = await look();
      return tries === 1 ? seen : `${seen} (at try ${tries}; before: ${before})`;
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof Refused || Date.now() + pauseMilliseconds > deadline) {
        throw error;
      }
      before = message.split("\n")[0] ?? "";
      await sleep(pauseMilliseconds);
    }
  }
}
