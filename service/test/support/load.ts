import type { FastifyInstance } from "fastify";

/** Requests over real sockets, some at a time and one after the other, until they are stopped. */
export class Load {
  readonly failures: string[] = [];
  #answered = 0;
  #running = true;
  readonly #clients: Promise<void>[];
  readonly #watchers = new Map<() => void, number>();

  constructor(readonly url: string, private readonly paths: readonly string[], private readonly key: string) {
    this.#clients = Array.from({ length: 6 }, () => this.#client());
  }

  get answered(): number {
    return this.#answered;
  }

  /** Waits until so many more requests were answered, well or not. */
  async answers(count: number): Promise<void> {
    await new Promise<void>((resolve) => this.#watchers.set(resolve, this.#answered + count));
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#clients);
  }

  async #client(): Promise<void> {
    for (let index = 0; this.#running; index += 1) {
      const path = this.paths[index % this.paths.length] ?? "/";
      await this.#request(path).catch((error: Error) => this.failures.push(`${path}: ${error.message}`));
      this.#answered += 1;
      for (const [resolve, count] of this.#watchers) {
        if (this.#answered >= count) {
          this.#watchers.delete(resolve);
          resolve();
        }
      }
    }
  }

  async #request(path: string): Promise<void> {
    const response = await fetch(`${this.url}${path}`, { headers: { authorization: `Bearer ${this.key}` } });
    const body = await response.text();
    if (!response.ok) {
      this.failures.push(`${path}: ${response.status} ${body}`);
    }
  }
}

/** Serves on any free port, and returns the URL. */
export async function listen(app: FastifyInstance): Promise<string> {
  return await app.listen({ host: "127.0.0.1", port: 0 });
}
