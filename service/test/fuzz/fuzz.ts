import fc from "fast-check";

import { Api, type ApiDocument } from "./api.ts";
import { casesOf, type Case, type Kind, kinds } from "./case.ts";
import { targetOf, has } from "./draft.ts";
import { fixtureRows, installFixture, knownTo, lanes, readRows, type Rows } from "./fixture.ts";
import { Journal } from "./journal.ts";
import { AnswerFault, follow, Oracle } from "./oracle.ts";
import { describeFailure, type Summary } from "./report.ts";
import type { Target } from "./target.ts";
import { Connection, type Answer } from "./wire.ts";

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
  /** Whether to look for the smallest batch that still fails, which takes its time. */
  readonly shrinks: boolean;
  readonly onProgress?: (sent: number) => void;
}

/** Requests between two reports of progress. */
const ROUND = 1_000;

/** Of a round. A failure that comes and goes would be made smaller for ever. */
const MOST_MILLISECONDS = 120_000;

type Batch = readonly (Case | null)[];

/** Sends requests of every kind until one is not answered as it must be. */
export async function fuzz(target: Target, { requests, seed, shrinks, onProgress }: FuzzOptions): Promise<Summary> {
  const fuzzer = await Fuzzer.open(target);
  for (let round = 0; fuzzer.sent < requests; round += 1) {
    const numRuns = Math.ceil(Math.min(ROUND, requests - fuzzer.sent) / lanes.length);
    const details = await fc.check(fuzzer.property, {
      seed: seed + round, numRuns, endOnFailure: !shrinks, interruptAfterTimeLimit: MOST_MILLISECONDS,
    });
    onProgress?.(fuzzer.sent);
    if (details.failed) {
      fuzzer.close();
      return { ...fuzzer.summary, failure: describeFailure(details) };
    }
  }
  await fuzzer.checkProblemTypes();
  fuzzer.close();
  return fuzzer.summary;
}

class Fuzzer {
  readonly property: fc.IAsyncPropertyWithHooks<[Batch]>;
  sent = 0;
  readonly #kinds = new Map<Kind, number>(kinds.map((kind) => [kind, 0]));
  readonly #connections = new Map<number, Connection>();
  readonly #oracle: Oracle;
  readonly #journal: Journal;

  private constructor(private readonly target: Target, private readonly api: Api, cursors: readonly string[]) {
    this.#oracle = new Oracle(api);
    this.#journal = new Journal(target.program);
    // Each lane's request can be taken away alone when the smallest failing batch is looked for.
    const caseOf = (lane: number) => fc.option(casesOf(api, knownTo(lane, cursors)), { freq: 50 });
    const batches = fc.tuple(...lanes.map(caseOf));
    this.property = fc.asyncProperty(batches, (batch) => this.#run(batch));
  }

  static async open(target: Target): Promise<Fuzzer> {
    const api = new Api(await (await target.get("/openapi.json")).json() as ApiDocument);
    await installFixture(target.session);
    const first = knownTo(0, [])["id"]?.[0];
    const pages = await Promise.all(["/v1/users?limit=1", `/v1/users/${first}/data?limit=1`].map(async (path) =>
      await (await target.get(path)).json() as { nextCursor: string }));
    return new Fuzzer(target, api, pages.map(({ nextCursor }) => nextCursor));
  }

  get summary(): Summary {
    return {
      requests: this.sent,
      kinds: this.#kinds,
      seen: this.#oracle.seen,
      operations: this.api.operations,
      failure: undefined,
    };
  }

  /** Every type that an answer named has to be explained by the service. */
  async checkProblemTypes(): Promise<void> {
    for (const type of this.#oracle.problemTypes) {
      const { status } = await this.target.get(type);
      if (status !== 200) {
        throw new AnswerFault(`the problem type ${type} is explained with ${status}`);
      }
    }
  }

  close(): void {
    this.#connections.forEach((connection) => connection.close());
  }

  async #run(batch: Batch): Promise<void> {
    await installFixture(this.target.session);
    const expected = fixtureRows();
    const results = await Promise.allSettled(batch
      .map(async (one, lane) => one && await this.#try(one, lane, expected)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) {
      throw failed.reason;
    }
    const plain = await this.target.get("/v1/users?limit=1");
    await plain.arrayBuffer();
    if (plain.status !== 200) {
      throw new AnswerFault(`after it a plain request is answered ${plain.status}`);
    }
    await this.#journal.settle();
    const difference = expected.differenceTo(await readRows(this.target.session));
    if (difference !== undefined) {
      throw new AnswerFault(difference);
    }
  }

  async #try(one: Case, lane: number, expected: Rows): Promise<void> {
    const first = await this.#send(one, lane, expected);
    if (!one.repeated || first === undefined) {
      return;
    }
    const second = await this.#send(one, lane, expected);
    const sameAgain = first.status >= 400 || ["GET", "HEAD"].includes(one.draft.method)
      || (one.draft.method === "POST" && has(one.draft, "idempotency-key"));
    if (sameAgain && second?.status !== first.status && second?.status !== 429) {
      throw new AnswerFault(`answered ${first.status}, and ${second?.status} when it was repeated`);
    }
  }

  /** Returns the answer to the request in question, if there is one. */
  async #send(one: Case, lane: number, expected: Rows): Promise<Answer | undefined> {
    this.sent += 1;
    this.#kinds.set(one.kind, (this.#kinds.get(one.kind) ?? 0) + 1);
    const connection = this.#connectionOf(lane, one);
    const { answers, closed } = await connection.exchange(one.wire).catch((error: unknown) => {
      this.#drop(lane, connection);
      throw error;
    });
    // A client that asks for the end of the connection need not be told of it.
    if (closed || one.wire.broken || one.draft.version !== "HTTP/1.1" || has(one.draft, "connection")) {
      this.#drop(lane, connection);
    }
    if (answers.length < one.wire.methods.length && !one.wire.broken && (answers.at(-1)?.status ?? 0) < 400) {
      throw new AnswerFault(`${answers.length} of ${one.wire.methods.length} requests were answered before the connection was closed`);
    }
    answers.forEach((answer, place) => this.#judge(one, answer, place, expected));
    return answers[one.wire.main];
  }

  #judge(one: Case, answer: Answer, place: number, expected: Rows): void {
    const target = targetOf(one.draft);
    if (place === one.wire.main) {
      this.#journal.expect(target, answer);
      this.#oracle.check(one, answer);
      follow(expected, this.api, one, answer);
    } else if (answer.status !== 200) {
      this.#oracle.checkRefusal(answer);
    }
  }

  #connectionOf(lane: number, { wire }: Case): Connection {
    const open = this.#connections.get(lane);
    if (open !== undefined && !open.ended && !wire.broken) {
      return open;
    }
    open?.close();
    const connection = new Connection(this.target.port);
    this.#connections.set(lane, connection);
    return connection;
  }

  #drop(lane: number, connection: Connection): void {
    connection.close();
    this.#connections.delete(lane);
  }
}
