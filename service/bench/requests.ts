import { randomInt } from "node:crypto";

/** What the load balancer adds, so that every variant has as much to parse as in production. */
const forwarded = {
  "host": "accounts.example.com",
  "x-forwarded-for": "203.0.113.7",
  "x-forwarded-proto": "https",
  "x-forwarded-port": "443",
  "x-amzn-trace-id": "Root=1-67891233-abcdef012345678912345678",
  "user-agent": "bench",
  "accept": "application/json",
};

/** Requests of one client, as bytes that are ready to be sent. */
export class Requests {
  readonly headers: Readonly<Record<string, string>>;
  #written = 0;

  constructor(apiKey: string) {
    this.headers = { ...forwarded, authorization: `Bearer ${apiKey}` };
  }

  /** Reads one user after the other, in a random order. */
  reading(ids: readonly string[]): () => Buffer {
    const requests = ids.map((id) => this.#get(`/v1/users/${id}`));
    for (let index = requests.length - 1; index > 0; index -= 1) {
      const other = randomInt(index + 1);
      [requests[index], requests[other]] = [requests[other]!, requests[index]!];
    }
    let turn = 0;
    return () => requests[turn++ % requests.length]!;
  }

  /** Reads a page of one user, the one after `id`. */
  listingAfter(id: string): () => Buffer {
    const request = this.#get(`/v1/users?limit=1&cursor=${Buffer.from(id).toString("base64url")}`);
    return () => request;
  }

  /** Creates a new user each time. */
  creating(): () => Buffer {
    return () => this.#post(`new-${String(this.#written += 1).padStart(9, "0")}@bench.example`);
  }

  /** Tries to create a user whose address is taken. */
  conflicting(email: string): () => Buffer {
    const request = this.#post(email);
    return () => request;
  }

  #get(path: string): Buffer {
    return Buffer.from(`GET ${path} HTTP/1.1\r\n${lines(this.headers)}\r\n\r\n`);
  }

  #post(email: string): Buffer {
    const body = JSON.stringify({ email, name: "Ada Lovelace", attributes: { plan: "pro", locale: "en-GB", beta: true } });
    const headers = { ...this.headers, "content-type": "application/json", "content-length": String(body.length) };
    return Buffer.from(`POST /v1/users HTTP/1.1\r\n${lines(headers)}\r\n\r\n${body}`);
  }
}

function lines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`).join("\r\n");
}
