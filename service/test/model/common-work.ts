import assert from "node:assert/strict";

import type { ApiClient } from "./api-client.ts";
import type { Command } from "./commands.ts";
import type { History } from "./history.ts";

/** What all clients do with the same users, documents, addresses and keys, each in the way of the others. */
export class CommonWork {
  /** `userId` is the user whose count they all increase. */
  constructor(private readonly api: ApiClient, private readonly userId: string, private readonly history: History) {}

  async list(limit: number): Promise<void> {
    const started = this.history.tick();
    const users = await this.api.pages("/v1/users", limit);
    this.history.checkListing(users.map(({ id }) => String(id)), started, this.history.tick());
  }

  /** Reads the user that all clients change, and counts one up if nobody was faster. */
  async increment(): Promise<void> {
    const url = `/v1/users/${this.userId}`;
    const floor = this.history.floorOf(url);
    const { body, etag } = await this.api.expect(200, "GET", url);
    assert.ok(body.version >= floor, `${url} is read in version ${body.version} after ${floor} was acknowledged`);
    this.history.saw(url, String(etag), body);
    const { count } = body["attributes"] as { count: number };
    assert.equal(count, body.version - 1, `${url} has the count ${count} in version ${body.version}: an increment is lost`);
    const patched = await this.api.send("PATCH", url, { "if-match": String(etag) }, { attributes: { count: count + 1 } });
    assert.ok([200, 412].includes(patched.status), `increment of ${url} answered ${patched.status}`);
    if (patched.status === 200) {
      this.history.changed(url, String(etag));
      this.history.saw(url, String(patched.etag), patched.body);
      this.history.acknowledged(url, patched.body.version);
    }
  }

  async changeSharedDocument(removes: boolean): Promise<void> {
    const url = `/v1/users/${this.userId}/data/shared`;
    const read = await this.api.send("GET", url);
    const there = read.status === 200;
    assert.ok(there || read.status === 404);
    const condition: Record<string, string> = there ? { "if-match": String(read.etag) } : { "if-none-match": "*" };
    if (there) {
      this.history.saw(url, String(read.etag), read.body);
    }
    const value = { count: there ? Number(read.body["count"]) + 1 : 1, by: this.api.name };
    const changed = removes && there
      ? await this.api.send("DELETE", url, condition)
      : await this.api.send("PUT", url, condition, value);
    assert.ok([there ? removes ? 204 : 200 : 201, 412].includes(changed.status), `change of ${url} answered ${changed.status}`);
    if (changed.status !== 412 && there) {
      this.history.changed(url, String(read.etag));
    }
    if (changed.status < 202) {
      this.history.saw(url, String(changed.etag), value);
    }
  }

  async claim(email: string): Promise<void> {
    const { status, body } = await this.api.send("POST", "/v1/users", {}, { email, name: this.api.name });
    assert.ok([201, 409].includes(status), `claim of ${email} answered ${status}`);
    if (status === 201) {
      this.history.userCreated(body.id, email);
    }
  }

  /** Deletes whoever has the address, also another client's. */
  async release(email: string): Promise<void> {
    const { body } = await this.api.expect(200, "GET", `/v1/users?email=${encodeURIComponent(email)}`);
    const [user] = body["items"] as { id: string }[];
    if (user !== undefined) {
      this.history.userDeleting(user.id);
      await this.api.expect(204, "DELETE", `/v1/users/${user.id}`);
      this.history.userDeleted(user.id);
    }
  }

  /** The same request several times at once, in competition with other clients and other bodies. */
  async once({ key, body, times }: Command & { does: "once" }): Promise<void> {
    const email = `once${key}-${body}@model.example`;
    await Promise.all(Array.from({ length: times }, async () => {
      const answer = await this.api.send("POST", "/v1/users", { "idempotency-key": `key-${key}` }, { email, name: "Once" });
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
}
