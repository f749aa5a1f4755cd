import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

import type { Answer, ApiClient } from "./api-client.ts";
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

const tagOf = (version: number) => `"${version}"`;

/** The users of one client. What others do must not change any of the answers. */
export class OwnUsers {
  readonly #users: OwnUser[] = [];

  constructor(private readonly api: ApiClient, private readonly history: History) {}

  async create({ name, attributes }: Command & { does: "create" }): Promise<void> {
    const email = `${this.api.name}-${this.#users.length}@model.example`;
    const user = { email, name, attributes };
    const { body } = await this.api.expect(201, "POST", "/v1/users", {}, user);
    this.history.userCreated(body.id, email);
    this.#users.push({ id: body.id, user, version: body.version, deleted: false, documents: new Map() });
    this.#compareUser(this.#users.at(-1)!, body);
  }

  async run(command: Command & { readonly user: number }): Promise<void> {
    const own = this.#users[command.user % Math.max(this.#users.length, 1)];
    if (own === undefined) {
      return;
    }
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

  async #read(own: OwnUser, condition: Condition): Promise<void> {
    const known = names(condition);
    const status = own.deleted ? 404 : known ? 304 : 200;
    const { body } = await this.api.expect(status, "GET", `/v1/users/${own.id}`, header("if-none-match", condition, own.version));
    if (status === 200) {
      this.#compareUser(own, body);
    }
  }

  async #patch(own: OwnUser, condition: Condition, patch: object): Promise<void> {
    const headers = header("if-match", condition, own.version);
    const status = headers["if-match"] === undefined ? 428 : own.deleted ? 404 : names(condition) ? 200 : 412;
    const { body } = await this.api.expect(status, "PATCH", `/v1/users/${own.id}`, headers, patch);
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
    await this.api.expect(holds ? 204 : 412, "DELETE", `/v1/users/${own.id}`, headers);
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
    const { body, etag } = await this.api.expect(status, "PUT", url, headers, value);
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
    const { body, etag } = await this.api.expect(status, "GET", `/v1/users/${own.id}/data/${key}`, headers);
    if (status === 200) {
      assert.equal(etag, tagOf(document?.version ?? 0));
      assert.deepEqual(body, plain(document?.value));
    }
  }

  async #remove(own: OwnUser, key: string, condition: Condition): Promise<void> {
    const document = own.documents.get(key);
    const headers = header("if-match", condition, document?.version ?? 0);
    const holds = headers["if-match"] === undefined || (document !== undefined && names(condition));
    await this.api.expect(holds ? 204 : 412, "DELETE", `/v1/users/${own.id}/data/${key}`, headers);
    if (holds) {
      own.documents.delete(key);
    }
  }

  async #documents(own: OwnUser, limit: number): Promise<void> {
    const path = `/v1/users/${own.id}/data`;
    if (own.deleted) {
      await this.api.expect(404, "GET", path);
      return;
    }
    const entries = await this.api.pages(path, limit);
    assert.deepEqual(entries.map(({ key, version }) => [key, version]),
      [...own.documents].map(([key, { version }]) => [key, version]).sort());
  }

  #compareUser(own: OwnUser, body: Answer["body"]): void {
    const { id, email, name, attributes, version } = body as Record<string, unknown>;
    assert.deepEqual({ id, version, email, name, attributes }, { id: own.id, version: own.version, ...own.user });
    this.history.saw(`/v1/users/${own.id}`, tagOf(own.version), body);
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
