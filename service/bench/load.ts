import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** What one slice of load saw. */
export interface Slice {
  readonly seconds: number;
  /** Answers by their status. */
  readonly statuses: ReadonlyMap<number, number>;
  readonly answers: number;
  /** Of every request but the rare ones, sorted, in milliseconds. */
  readonly latencies: Float64Array;
}

export interface Load {
  readonly port: number;
  /** Requests in flight at any time: each connection sends its next one as soon as it has its answer. */
  readonly connections: number;
  readonly seconds: number;
  /** The bytes of the next request. */
  readonly next: () => Buffer;
  /** Another kind of request, on connections of its own, so that it takes none of the load away. */
  readonly rare?: { readonly next: () => Buffer; readonly oneIn: number };
  readonly signal: AbortSignal;
}

const headersEnd = Buffer.from("\r\n\r\n");
const contentLength = /\r\ncontent-length: *(\d+)/i;

/**
 * One keep-alive connection. It reads of an answer what tells it from the next, and nothing else: autocannon takes
 * 50 µs of CPU a request where this takes 21, and on two cores that time is PostgreSQL's.
 */
class Connection {
  readonly #socket: Socket;
  #answered: ((status: number) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => this.#failed?.(error));
    socket.on("close", () => this.#failed?.(new Error("the server closed a connection with a request in flight")));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new Connection(socket);
  }

  send(request: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const answer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = answer;
    const end = answer.indexOf(headersEnd);
    if (end === -1) {
      return;
    }
    const head = answer.toString("latin1", 0, end);
    const length = Number(contentLength.exec(head)?.[1] ?? 0);
    if (answer.length >= end + headersEnd.length + length) {
      this.#rest = Buffer.alloc(0);
      this.#answered?.(Number(head.slice(9, 12)));
    }
  }
}

/** Loads a server for a while. Rejects when it closes or refuses a connection. */
export async function load({ port, connections, seconds, next, rare, signal }: Load): Promise<Slice> {
  const statuses = new Map<number, number>();
  const latencies: number[] = [];
  const open = (count: number) => Promise.all(Array.from({ length: count }, () => Connection.open(port)));
  const [usual, spare] = await Promise.all([open(connections), open(rare === undefined ? 0 : connections)]);
  const count = (status: number): void => void statuses.set(status, (statuses.get(status) ?? 0) + 1);

  const begun = performance.now();
  const end = begun + seconds * 1_000;
  const rareInFlight = new Set<Promise<void>>();
  const sendRare = (connection: Connection): void => {
    const answered = connection.send(rare!.next()).then((status) => {
      count(status);
      spare.push(connection);
      rareInFlight.delete(answered);
    });
    rareInFlight.add(answered);
  };
  const drive = async (connection: Connection): Promise<void> => {
    for (let now = performance.now(); now < end && !signal.aborted;) {
      count(await connection.send(next()));
      const answeredAt = performance.now();
      latencies.push(answeredAt - now);
      now = answeredAt;
      const free = rare !== undefined && latencies.length % rare.oneIn === 0 ? spare.pop() : undefined;
      if (free !== undefined) {
        sendRare(free);
      }
    }
  };
  try {
    await Promise.all(usual.map(drive));
    const took = (performance.now() - begun) / 1_000;
    await Promise.all(rareInFlight);
    return { seconds: took, statuses, answers: latencies.length, latencies: Float64Array.from(latencies).sort() };
  } finally {
    [...usual, ...spare].forEach((connection) => connection.close());
  }
}
