import type { LogLine, Program } from "../support/process.ts";
import type { Answer } from "./wire.ts";

interface RequestLine extends LogLine {
  readonly reqId: string;
  readonly status: number;
}

/** The line is written as soon as the answer is. */
const PATIENCE_MILLISECONDS = 5_000;

/** The load balancer asks these every few seconds, so they are not logged. */
const silent = /^\/(health\/|version)/;

/** Holds the service's log against the answers: one line for each, with its status. */
export class Journal {
  readonly #answers = new Map<string, number[]>();
  readonly #lines = new Map<string, number[]>();
  #read = 0;
  #fault: string | undefined;

  constructor(private readonly program: Program) {}

  expect(target: string, { headers, status }: Answer): void {
    const id = headers.get("x-request-id");
    // What Node's parser refuses never becomes a request with a route, and is answered on the socket, without a date.
    const isSilent = headers.has("date") && silent.test(target);
    if (id !== undefined && !isSilent) {
      add(this.#answers, id, status);
    }
  }

  /** Waits for the lines of all answers that were expected. A line may come after its answer, but soon. */
  async settle(): Promise<void> {
    const lateAt = performance.now() + PATIENCE_MILLISECONDS;
    const timer = setTimeout(() => this.program.lookAgain(), PATIENCE_MILLISECONDS);
    await this.program.until(() => {
      this.#readOn();
      if (this.#fault !== undefined || performance.now() >= lateAt) {
        return true;
      }
      const missing = [...this.#answers].some(([id, statuses]) => (this.#lines.get(id)?.length ?? 0) < statuses.length);
      return missing ? undefined : true;
    }, "a line for every answer").finally(() => clearTimeout(timer));
    const [answers, fault] = [[...this.#answers], this.#fault];
    this.#answers.clear();
    this.#fault = undefined;
    if (fault !== undefined) {
      throw new Error(fault);
    }
    for (const [id, statuses] of answers) {
      const logged = this.#lines.get(id) ?? [];
      // An id that came with the request may have come with another one, too, which was cut off before its answer.
      const own = id.startsWith("1-") ? statuses.filter((status) => logged.includes(status)) : logged;
      if (own.toSorted().join() !== statuses.toSorted().join()) {
        throw new Error(`request ${id} was answered ${statuses.join()} and logged ${logged.join() || "nothing"}`);
      }
    }
  }

  #readOn(): void {
    for (; this.#read < this.program.lines.length; this.#read += 1) {
      const line = this.program.lines[this.#read] as RequestLine;
      if (line.level === "error" || line.level === "fatal") {
        this.#fault = `the service logged ${JSON.stringify(line)}`;
      }
      if (line.msg === "request" || line.msg === "refused before it was a request") {
        add(this.#lines, line.reqId, line.status);
      }
    }
  }
}

function add(map: Map<string, number[]>, id: string, status: number): void {
  map.set(id, [...map.get(id) ?? [], status]);
}
