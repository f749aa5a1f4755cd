import assert from "node:assert/strict";

import fc from "fast-check";

import type { Target } from "../fuzz/target.ts";
import { Client } from "./client.ts";
import { commands, type Command } from "./commands.ts";
import { History } from "./history.ts";

const CLIENTS = ["client-a", "client-b", "client-c", "client-d"];

/** A failure that comes and goes would be made smaller for ever. */
const MOST_MILLISECONDS = 60_000;

export interface ModelOptions {
  readonly seed: number;
  /** Sequences to try. */
  readonly runs: number;
  /** Whether to look for the shortest sequences that still fail. */
  readonly shrinks: boolean;
}

/** Lets clients work at the same time; fails when something is not as the model says. Returns how many requests. */
export async function testByModel(target: Target, { seed, runs, shrinks }: ModelOptions): Promise<number> {
  let requests = 0;
  const sequences = fc.tuple(...CLIENTS.map(() => fc.array(commands, { maxLength: 40, size: "max" })));
  const property = fc.asyncProperty(sequences, async (all) => {
    requests += await runTogether(target, all);
  });
  const details = await fc.check(property, {
    seed, numRuns: runs, endOnFailure: !shrinks, interruptAfterTimeLimit: MOST_MILLISECONDS,
  });
  if (details.failed) {
    const clients = (details.counterexample?.[0] ?? []).map((all, place) =>
      [CLIENTS[place], ...all.map((command) => `  ${JSON.stringify(command)}`)].join("\n"));
    const reason = details.errorInstance instanceof Error ? details.errorInstance.message : "it did not come to an end";
    throw new Error([reason, `found with seed ${seed}, ${details.numShrinks} steps smaller, by`, ...clients].join("\n"));
  }
  return requests;
}

async function runTogether(target: Target, sequences: readonly (readonly Command[])[]): Promise<number> {
  await target.session.query("DELETE FROM users; DELETE FROM idempotency_keys");
  const { rows: [shared] } = await target.session.query<{ id: string }>(
    "INSERT INTO users (email, name, attributes) VALUES ('shared@model.example', 'Shared', '{\"count\": 0}') RETURNING id");
  assert.ok(shared !== undefined);
  const history = new History();
  const clients = CLIENTS.map((name) => new Client(name, target.url, shared.id, history));
  const results = await Promise.allSettled(clients.map(async (client, place) => {
    for (const command of sequences[place] ?? []) {
      await client.run(command);
    }
  }));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) {
    throw failed.reason;
  }
  history.checkEmails();
  await checkRows(target);
  return clients.reduce((sum, client) => sum + client.requests, 0);
}

/** What no client can see from outside. */
async function checkRows({ session }: Target): Promise<void> {
  const { rows: open } = await session.query("SELECT key FROM idempotency_keys WHERE status IS NULL");
  assert.deepEqual(open, [], "idempotency keys are left without an answer");
  const { rows: once } = await session.query(
    "SELECT count(*)::integer AS users FROM users WHERE email LIKE 'once%' GROUP BY split_part(email, '-', 1) HAVING count(*) > 1");
  assert.deepEqual(once, [], "an idempotency key made two users");
}
