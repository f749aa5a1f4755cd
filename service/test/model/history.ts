import assert from "node:assert/strict";

/** When a user was surely there: from the answer to its creation until the first request to delete it. In events. */
interface UserHistory {
  email: string;
  created: number;
  deleting: number;
  deleted: number;
}

/** What all clients together did and saw, and what may not be true of it, whichever way their requests interleave. */
export class History {
  /** By URL and ETag: what was there. */
  readonly #contents = new Map<string, unknown>();
  /** ETags that a change was made on condition of. */
  readonly #spent = new Set<string>();
  /** The newest acknowledged version of a URL that all clients share. */
  readonly #floors = new Map<string, number>();
  readonly #answersOfKeys = new Map<string, { body: number; id: string }>();
  readonly #users = new Map<string, UserHistory>();
  #events = 0;

  tick(): number {
    this.#events += 1;
    return this.#events;
  }

  /** An ETag names one content for ever, also of a resource that was deleted and made again. */
  saw(url: string, etag: string, content: unknown): void {
    const place = `${url} ${etag}`;
    if (this.#contents.has(place)) {
      assert.deepEqual(content, this.#contents.get(place), `${place} names two contents`);
    }
    this.#contents.set(place, content);
  }

  /** Of all changes on condition of one ETag, one may succeed: the others would be lost updates. */
  changed(url: string, etag: string): void {
    const place = `${url} ${etag}`;
    assert.ok(!this.#spent.has(place), `two changes on condition of ${place} succeeded: one of them is lost`);
    this.#spent.add(place);
  }

  /** What a read that starts now must at least see. */
  floorOf(url: string): number {
    return this.#floors.get(url) ?? 0;
  }

  acknowledged(url: string, version: number): void {
    this.#floors.set(url, Math.max(this.floorOf(url), version));
  }

  userCreated(id: string, email: string): void {
    Object.assign(this.#userOf(id), { created: this.tick(), email });
  }

  userDeleting(id: string): void {
    const user = this.#userOf(id);
    user.deleting = Math.min(user.deleting, this.tick());
  }

  userDeleted(id: string): void {
    const user = this.#userOf(id);
    user.deleted = Math.min(user.deleted, this.tick());
  }

  /** A key is answered with one user, whoever asks and how often. */
  createdOnce(key: string, body: number, id: string): void {
    const before = this.#answersOfKeys.get(key) ?? { body, id };
    assert.deepEqual({ body, id }, before, `the idempotency key ${key} has two answers`);
    this.#answersOfKeys.set(key, before);
  }

  refusedKey(key: string, body: number): void {
    assert.notEqual(this.#answersOfKeys.get(key)?.body, body, `the idempotency key ${key} is refused to the request it belongs to`);
  }

  /** No address belonged to two users at a time. */
  checkEmails(): void {
    const held = [...this.#users.values()].filter(({ created, deleting }) => created < deleting)
      .sort((one, other) => one.created - other.created);
    for (const [place, { email, deleting }] of held.entries()) {
      const next = held.slice(place + 1).find((other) => other.email === email);
      assert.ok(next === undefined || deleting < next.created, `two users had the address ${email} at a time`);
    }
  }

  /** A listing from page to page: who was there all the while is in it once, who was gone before is not. */
  checkListing(ids: readonly string[], started: number, ended: number): void {
    assert.deepEqual(ids, [...new Set(ids)].sort(), "a list of users is not in the order of their ids, each once");
    const listed = new Set(ids);
    for (const [id, { created, deleting, deleted }] of this.#users) {
      assert.ok(listed.has(id) || created > started || deleting < ended, `user ${id} was there all the while and is not listed`);
      assert.ok(!listed.has(id) || deleted > started, `user ${id} was deleted before and is listed`);
    }
  }

  /** Another client may see and delete a user before its creator has the answer. */
  #userOf(id: string): UserHistory {
    const user = this.#users.get(id) ?? { email: "", created: Infinity, deleting: Infinity, deleted: Infinity };
    this.#users.set(id, user);
    return user;
  }
}
