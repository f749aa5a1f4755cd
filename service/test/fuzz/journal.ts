import type { LogLine, Program } from "../support/process.ts";
import type { Answer } from "./wire.ts";

interface RequestLine extends LogLine {
  readonly reqId: string;
  readonly status: number;
}

/** The load balancer asks these every few seconds, so they are not logged. */
const silent = /^\/(health\/|version)/;

/** Holds the service's log against the answers: one line for each, with its status. */
export class Journal {
  readonly #answers = new Map<string, number[]>();
  readonly #lines = new Map<string, number[]>();
  #read = 0;

  constructor(private readonly program: Program) {}

  expect(target: string, { headers, status }: Answer): void {
    const id = headers.get("x-request-id");
    // What Node's parser refuses never becomes a request.
    if (id !== undefined && !silent.test(target)) {
      add(this.#answers, id, status);
    }
  }

  /** Waits for the lines of all answers that were expected. A line may come after its answer. */
  async settle(): Promise<void> {
    await this.program.until(() => {
      this.#readOn();
      const missing = [...this.#answers].some(([id, statuses]) => (this.#lines.get(id)?.length ?? 0) < statuses.length);
      return missing ? undefined : true;
    }, "a line for every answer");
    const answers = [...this.#answers];
    this.#answers.clear();
    for (const [id, statuses] of answers) {
      const logged = this.#lines.get(id) ?? [];
      // An id that came with the request may have come with another one, too, which was cut off before its answer.
      const own = id.startsWith("1-") ? statuses.filter((status) => logged.includes(status)) : logged;
      if (own.toSorted().join() !== statuses.toSorted().join()) {
        throw new Error(`request ${id} was answered ${statuses.join()} and logged ${logged.join()}`);
      }
    }
  }

  #readOn(): void {
    for (; this.#read < this.program.lines.length; this.#read += 1) {
      const line = this.program.lines[this.#read] as RequestLine;
      if (line.level === "error" || line.level === "fatal") {
        throw new Error(`the service logged ${JSON.stringify(line)}`);
      }
      if (line.msg === "request") {
        add(this.#lines, line.reqId, line.status);
      }
    }
  }
}

function add(map: Map<string, number[]>, id: string, status: number): void {
  map.set(id, [...map.get(id) ?? [], status]);
}
