import { connect, type Socket } from "node:net";

/** One answer as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** What is sent, and what has to come back. */
export interface Wire {
  /** Each goes out in a packet of its own. */
  readonly parts: readonly Buffer[];
  /** Methods of the requests in it, in their order: an answer to HEAD has no body. */
  readonly methods: readonly string[];
  /** Which of them is the one in question; the others are plain. */
  readonly main: number;
  /** Closes the sending side after the last part. */
  readonly closes: boolean;
  /** Framing that a server may refuse, before or after it answered; then it closes the connection. */
  readonly broken: boolean;
}

export interface Outcome {
  readonly answers: readonly Answer[];
  readonly closed: boolean;
}

/** More than the service's own limit for a request, and patience for a machine with other work. */
const DEADLINE_MILLISECONDS = 15_000;

export class WireError extends Error {
  override readonly name = "WireError";
}

/** A connection that sees bytes, not requests. */
export class Connection {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;
  #notify = (): void => undefined;

  constructor(port: number) {
    this.#socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    this.#socket.on("data", (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#notify();
    });
    // A reset after a refusal is an end like any other: the answer has to have come before.
    for (const event of ["end", "error", "close"]) {
      this.#socket.on(event, () => {
        this.#ended = true;
        this.#notify();
      });
    }
  }

  get ended(): boolean {
    return this.#ended;
  }

  async exchange({ parts, methods, closes, broken }: Wire): Promise<Outcome> {
    for (const part of parts) {
      await new Promise((resolve) => this.#socket.write(part, resolve));
    }
    if (closes) {
      this.#socket.end();
    }
    const answers: Answer[] = [];
    while (answers.length < methods.length) {
      const answer = await this.#next(methods[answers.length] ?? "");
      if (answer === undefined) {
        return { answers, closed: true };
      }
      if (answer.status >= 200) {
        answers.push(answer);
      }
    }
    // The rest of a broken request may be refused as if it were another one. And Node's parser, whose refusals have no
    // date, does not tell the method of what it refuses: then HEAD is answered with a body.
    const refusedUnread = methods.at(-1) === "HEAD" && answers.at(-1)?.headers.has("date") === false;
    if (this.#received.length > 0 && !broken && !refusedUnread) {
      throw new WireError(`after ${answers.length} answers came also ${JSON.stringify(this.#received.toString("latin1"))}`);
    }
    return { answers, closed: this.#ended || answers.at(-1)?.headers.get("connection") === "close" };
  }

  close(): void {
    this.#socket.destroy();
  }

  async #next(method: string): Promise<Answer | undefined> {
    const deadline = performance.now() + DEADLINE_MILLISECONDS;
    for (;;) {
      const parsed = parseAnswer(this.#received, method);
      if (parsed !== undefined) {
        this.#received = this.#received.subarray(parsed.length);
        return parsed.answer;
      }
      if (this.#ended) {
        if (this.#received.length > 0) {
          throw new WireError(`the connection ended inside of an answer: ${JSON.stringify(this.#received.toString("latin1"))}`);
        }
        return undefined;
      }
      await this.#more(deadline - performance.now());
    }
  }

  async #more(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new WireError(`no answer in ${DEADLINE_MILLISECONDS} ms`)), milliseconds);
      this.#notify = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Returns undefined while the answer is not complete. */
function parseAnswer(bytes: Buffer, method: string): { answer: Answer; length: number } | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) {
    return undefined;
  }
  const [line = "", ...fields] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const status = Number(/^HTTP\/1\.1 ([1-5]\d\d) /.exec(line)?.[1]);
  if (Number.isNaN(status)) {
    throw new WireError(`not the beginning of an answer: ${JSON.stringify(line)}`);
  }
  const headers = new Map(fields.map((field) => {
    const colon = field.indexOf(": ");
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 2)];
  }));
  if (headers.size !== fields.length) {
    throw new WireError(`a header twice: ${JSON.stringify(fields)}`);
  }
  const start = headEnd + 4;
  const bodiless = method === "HEAD" || status < 200 || status === 204 || status === 304;
  const length = bodiless ? 0 : Number(headers.get("content-length") ?? (headers.get("connection") === "close" ? 0 : NaN));
  if (Number.isNaN(length)) {
    throw new WireError(`an answer that does not tell its length: ${JSON.stringify([line, ...fields])}`);
  }
  return bytes.length < start + length
    ? undefined
    : { answer: { status, headers, body: bytes.subarray(start, start + length) }, length: start + length };
}
