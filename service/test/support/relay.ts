import { EventEmitter, once } from "node:events";
import * as net from "node:net";

import { listen } from "../../../offline/stand-ins/local-server.ts";

interface Connection {
  readonly client: net.Socket;
  readonly target: net.Socket;
  silent: boolean;
  loseAnswer: boolean;
}

/** The network between two programs on this computer, which can be slow, fall silent or break. */
export class Relay extends EventEmitter<{ closing: ["client" | "target"] }> {
  /** Connections taken since the start. */
  accepted = 0;
  /** The time to the other side; there and back takes twice as long. Bytes keep their order as long as it grows. */
  delayMilliseconds: number;
  readonly #connections = new Set<Connection>();
  readonly #server = net.createServer({ allowHalfOpen: true }, (client) => this.#join(client));

  private constructor(readonly port: number, private readonly targetPort: number, delayMilliseconds: number) {
    super();
    this.delayMilliseconds = delayMilliseconds;
  }

  static async start(targetPort: number, delayMilliseconds = 0): Promise<Relay> {
    const probe = net.createServer();
    const port = await listen(probe);
    await new Promise((resolve) => probe.close(resolve));
    const relay = new Relay(port, targetPort, delayMilliseconds);
    await relay.open();
    return relay;
  }

  get connections(): number {
    return this.#connections.size;
  }

  async open(): Promise<void> {
    await listen(this.#server, this.port);
  }

  /** Refuses connections and breaks those that are open. */
  async shut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#connections.forEach(({ client, target }) => {
      breakOff(client);
      target.destroy();
    });
    await closed;
  }

  /** What is open now carries nothing any more, in neither direction, and never ends. */
  fallSilent(): void {
    this.#connections.forEach((connection) => {
      connection.silent = true;
    });
  }

  /** The next thing that any open connection asks reaches the target; the connection breaks instead of the answer. */
  loseNextAnswer(): void {
    this.#connections.forEach((connection) => {
      connection.loseAnswer = true;
    });
  }

  #join(client: net.Socket): void {
    this.accepted += 1;
    const target = net.connect({ host: "127.0.0.1", port: this.targetPort, allowHalfOpen: true });
    const connection = { client, target, silent: false, loseAnswer: false };
    this.#connections.add(connection);
    const end = (): void => {
      this.#connections.delete(connection);
      client.destroy();
      target.destroy();
    };
    [client, target].forEach((socket) => socket.setNoDelay(true).on("error", end));
    void Promise.all([once(client, "close"), once(target, "close")]).then(end, end);
    this.#carry(connection, client, target, "client");
    this.#carry(connection, target, client, "target");
  }

  #carry(connection: Connection, from: net.Socket, to: net.Socket, side: "client" | "target"): void {
    // Timers of one duration end in the order they began in, so the bytes keep theirs.
    const later = (action: () => void): void => {
      if (connection.silent) {
        return;
      }
      if (this.delayMilliseconds === 0) {
        action();
      } else {
        setTimeout(action, this.delayMilliseconds);
      }
    };
    from.on("data", (bytes) => {
      if (side === "target" && connection.loseAnswer) {
        breakOff(connection.client);
        connection.target.destroy();
        return;
      }
      later(() => to.writable && to.write(bytes));
    });
    from.on("end", () => {
      this.emit("closing", side);
      later(() => to.end());
    });
  }
}

/**
 * Resets a connection. One whose end is on the way is only closed: Node.js refuses to reset it then, never lets go of
 * it, and cannot end.
 */
function breakOff(socket: net.Socket): void {
  if (socket.writableEnded) {
    socket.destroy();
  } else {
    socket.resetAndDestroy();
  }
}
