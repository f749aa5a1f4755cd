import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

import { keys } from "../support/service.ts";
import type { Command, Condition } from "./commands.ts";
import type { History } from "./history.ts";
import { merged } from "./merge.ts";

interface Document {
  readonly value: unknown;
  readonly version: number;
}

/** A user that one client alone works on, so that every answer can be foretold. */
interface OwnUser {
  readonly id: string;
  user: { email: string; name: string; attributes: object };
  version: number;
  deleted: boolean;
  readonly documents: Map<string, Document>;
}

interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly body: Readonly<Record<string, unknown>> & { readonly id: string; readonly version: number };
}

const tagOf = (version: number) => `"${version}"`;

/** One of several clients at work at the same time. */
export class Client {
  /** Requests sent so far. */
  requests = 0;
  readonly #users: OwnUser[] = [];

  constructor(
    private readonly name: string,
    private readonly url: string,
    private readonly shared: { readonly userId: string },
    private readonly history: History,
  ) {}

  async run(command: Command): Promise<void> {
    switch (command.does) {
      case "create":
        return await this.#create(command);
      case "list":
        return await this.#list(command.limit);
      case "increment":
        return await this.#increment();
      case "increment-document":
      case "remove-document":
        return await this.#changeSharedDocument(command.does === "remove-document");
      case "claim":
        return await this.#claim(`claimed${command.email}@model.example`);
      case "release":
        return await this.#release(`claimed${command.email}@model.example`);
      case "once":
        return await this.#once(command);
    }
    const own = this.#users[command.user % Math.max(this.#users.length, 1)];
    if (own !== undefined) {
      await this.#runOn(own, command);
    }
  }

  async #runOn(own: OwnUser, command: Command & { user: number }): Promise<void> {
    switch (command.does) {
      case "read":
        return await this.#read(own, command.condition);
      case "patch":
        return await this.#patch(own, command.condition, command.patch);
      case "delete":
        return await this.#delete(own, command.condition);
      case "put":
        return await this.#put(own, command.key, command.condition, command.value);
      case "get":
        return await this.#get(own, command.key, command.condition);
      case "remove":
        return await this.#remove(own, command.key, command.condition);
      case "documents":
        return await this.#documents(own, command.limit);
    }
  }

  async #create({ name, attributes }: Command & { does: "create" }): Promise<void> {
    const email = `${this.name}-${this.#users.length}@model.example`;
    const user = { email, name, attributes };
    const { body } = await this.#expect(201, "POST", "/v1/users", {}, user);
    this.history.userCreated(body.id, email);
    this.#users.push({ id: body.id, user, version: body.version, deleted: false, documents: new Map() });
    this.#compareUser(this.#users.at(-1)!, body);
  }

  async #read(own: OwnUser, condition: Condition): Promise<void> {
    const known = names(condition);
    const status = own.deleted ? 404 : known ? 304 : 200;
    const { body } = await this.#expect(status, "GET", `/v1/users/${own.id}`, header("if-none-match", condition, own.version));
    if (status === 200) {
      this.#compareUser(own, body);
    }
  }

  async #patch(own: OwnUser, condition: Condition, patch: object): Promise<void> {
    const headers = header("if-match", condition, own.version);
    const status = headers["if-match"] === undefined ? 428 : own.deleted ? 404 : names(condition) ? 200 : 412;
    const { body } = await this.#expect(status, "PATCH", `/v1/users/${own.id}`, headers, patch);
    if (status === 200) {
      const user = merged(own.user, patch) as OwnUser["user"];
      const next = { ...user, attributes: user.attributes ?? {} };
      own.version += isDeepStrictEqual(next, own.user) ? 0 : 1;
      own.user = next;
      this.#compareUser(own, body);
    }
  }

  async #delete(own: OwnUser, condition: Condition): Promise<void> {
    const headers = header("if-match", condition, own.version);
    const holds = headers["if-match"] === undefined || (!own.deleted && names(condition));
    if (holds) {
      this.history.userDeleting(own.id);
    }
    await this.#expect(holds ? 204 : 412, "DELETE", `/v1/users/${own.id}`, headers);
    if (holds) {
      this.history.userDeleted(own.id);
      own.deleted = true;
      own.documents.clear();
    }
  }

  async #put(own: OwnUser, key: string, condition: Condition, value: unknown): Promise<void> {
    const url = `/v1/users/${own.id}/data/${key}`;
    const old = own.documents.get(key);
    const headers = condition === "absent" ? { "if-none-match": "*" } : header("if-match", condition, old?.version ?? 0);
    const holds = condition === "none" || (condition === "absent" ? old === undefined : old !== undefined && names(condition));
    const status = own.deleted ? 404 : !holds ? 412 : old === undefined ? 201 : 200;
    const { body, etag } = await this.#expect(status, "PUT", url, headers, value);
    if (status < 300) {
      assert.ok(body.version > (old?.version ?? 0), `${url} goes from version ${old?.version} to ${body.version}`);
      assert.equal(etag, tagOf(body.version));
      this.history.saw(url, tagOf(body.version), plain(value));
      own.documents.set(key, { value, version: body.version });
    }
  }

  async #get(own: OwnUser, key: string, condition: Condition): Promise<void> {
    const document = own.documents.get(key);
    const headers = header("if-none-match", condition, document?.version ?? 0);
    const status = document === undefined ? 404 : names(condition) ? 304 : 200;
    const { body, etag } = await this.#expect(status, "GET", `/v1/users/${own.id}/data/${key}`, headers);
    if (status === 200) {
      assert.equal(etag, tagOf(document?.version ?? 0));
      assert.deepEqual(body, plain(document?.value));
    }
  }

  async #remove(own: OwnUser, key: string, condition: Condition): Promise<void> {
    const document = own.documents.get(key);
    const headers = header("if-match", condition, document?.version ?? 0);
    const holds = headers["if-match"] === undefined || (document !== undefined && names(condition));
    await this.#expect(holds ? 204 : 412, "DELETE", `/v1/users/${own.id}/data/${key}`, headers);
    if (holds) {
      own.documents.delete(key);
    }
  }

  async #documents(own: OwnUser, limit: number): Promise<void> {
    const path = `/v1/users/${own.id}/data`;
    if (own.deleted) {
      await this.#expect(404, "GET", path);
      return;
    }
    const entries = await this.#pages(path, limit);
    assert.deepEqual(entries.map(({ key, version }) => [key, version]),
      [...own.documents].map(([key, { version }]) => [key, version]).sort());
  }

  async #list(limit: number): Promise<void> {
    const started = this.history.tick();
    const users = await this.#pages("/v1/users", limit);
    this.history.checkListing(users.map(({ id }) => String(id)), started, this.history.tick());
  }

  /** Reads the user that all clients change, and counts one up if nobody was faster. */
  async #increment(): Promise<void> {
    const url = `/v1/users/${this.shared.userId}`;
    const floor = this.history.floorOf(url);
    const { body, etag } = await this.#expect(200, "GET", url);
    assert.ok(body.version >= floor, `${url} is read in version ${body.version} after ${floor} was acknowledged`);
    this.history.saw(url, String(etag), body);
    const { count } = body["attributes"] as { count: number };
    assert.equal(count, body.version - 1, `${url} has the count ${count} in version ${body.version}: an increment is lost`);
    const patched = await this.#send("PATCH", url, { "if-match": String(etag) }, { attributes: { count: count + 1 } });
    assert.ok([200, 412].includes(patched.status), `increment of ${url} answered ${patched.status}`);
    if (patched.status === 200) {
      this.history.changed(url, String(etag));
      this.history.saw(url, String(patched.etag), patched.body);
      this.history.acknowledged(url, patched.body.version);
    }
  }

  async #changeSharedDocument(removes: boolean): Promise<void> {
    const url = `/v1/users/${this.shared.userId}/data/shared`;
    const read = await this.#send("GET", url);
    const there = read.status === 200;
    assert.ok(there || read.status === 404);
    const condition: Record<string, string> = there ? { "if-match": String(read.etag) } : { "if-none-match": "*" };
    if (there) {
      this.history.saw(url, String(read.etag), read.body);
    }
    const value = { count: there ? Number(read.body["count"]) + 1 : 1, by: this.name };
    const changed = removes && there
      ? await this.#send("DELETE", url, condition)
      : await this.#send("PUT", url, condition, value);
    assert.ok([there ? removes ? 204 : 200 : 201, 412].includes(changed.status), `change of ${url} answered ${changed.status}`);
    if (changed.status !== 412 && there) {
      this.history.changed(url, String(read.etag));
    }
    if (changed.status < 202) {
      this.history.saw(url, String(changed.etag), value);
    }
  }

  async #claim(email: string): Promise<void> {
    const { status, body } = await this.#send("POST", "/v1/users", {}, { email, name: this.name });
    assert.ok([201, 409].includes(status), `claim of ${email} answered ${status}`);
    if (status === 201) {
      this.history.userCreated(body.id, email);
    }
  }

  /** Deletes whoever has the address, also another client's. */
  async #release(email: string): Promise<void> {
    const { body } = await this.#expect(200, "GET", `/v1/users?email=${encodeURIComponent(email)}`);
    const [user] = body["items"] as { id: string }[];
    if (user !== undefined) {
      this.history.userDeleting(user.id);
      await this.#expect(204, "DELETE", `/v1/users/${user.id}`);
      this.history.userDeleted(user.id);
    }
  }

  /** The same request several times at once, in competition with other clients and other bodies. */
  async #once({ key, body, times }: Command & { does: "once" }): Promise<void> {
    const email = `once${key}-${body}@model.example`;
    await Promise.all(Array.from({ length: times }, async () => {
      const answer = await this.#send("POST", "/v1/users", { "idempotency-key": `key-${key}` }, { email, name: "Once" });
      assert.ok([201, 409, 422].includes(answer.status), `once answered ${answer.status}`);
      if (answer.status === 201) {
        this.history.createdOnce(`key-${key}`, body, answer.body.id);
      } else if (answer.status === 422) {
        this.history.refusedKey(`key-${key}`, body);
      } else {
        assert.equal(answer.body["type"], "/problems/idempotency-in-progress");
      }
    }));
  }

  async #pages(path: string, limit: number): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    const cursors = new Set<string>();
    let cursor = "";
    do {
      assert.ok(!cursors.has(cursor), `the pages of ${path} come to no end`);
      cursors.add(cursor);
      const { body } = await this.#expect(200, "GET", `${path}?limit=${limit}${cursor}`);
      items.push(...body["items"] as Record<string, unknown>[]);
      cursor = body["nextCursor"] === null ? "" : `&cursor=${String(body["nextCursor"])}`;
    } while (cursor !== "");
    return items;
  }

  #compareUser(own: OwnUser, body: Answer["body"]): void {
    const { id, email, name, attributes, version } = body as Record<string, unknown>;
    assert.deepEqual({ id, version, email, name, attributes }, { id: own.id, version: own.version, ...own.user });
    this.history.saw(`/v1/users/${own.id}`, tagOf(own.version), body);
  }

  async #expect(
    status: number, method: string, path: string, headers: Record<string, string> = {}, body?: unknown,
  ): Promise<Answer> {
    const answer = await this.#send(method, path, headers, body);
    assert.equal(answer.status, status, `${this.name}: ${method} ${path} ${JSON.stringify(headers)} answered ${JSON.stringify(answer)}`);
    return answer;
  }

  async #send(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Answer> {
    this.requests += 1;
    const content: { headers: Record<string, string>; body?: string } = body === undefined
      ? { headers: {} }
      : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const response = await fetch(`${this.url}${path}`, {
      method,
      ...content,
      headers: { authorization: `Bearer ${keys.writer}`, ...content.headers, ...headers },
    });
    const text = await response.text();
    return {
      status: response.status,
      etag: response.headers.get("etag"),
      body: (text === "" ? {} : JSON.parse(text)) as Answer["body"],
    };
  }
}

/** Whether the condition names what is there now. */
function names(condition: Condition): boolean {
  return condition === "any" || condition === "current";
}

function header(name: "if-match" | "if-none-match", condition: Condition, version: number): Record<string, string> {
  switch (condition) {
    case "current":
      return { [name]: `"999999", ${tagOf(version)}` };
    case "stale":
      return { [name]: tagOf(version + 1_000) };
    case "any":
      return { [name]: "*" };
    default:
      return {};
  }
}

/** As it comes back: there is no negative zero in JSON. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
