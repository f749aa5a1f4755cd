import { isDeepStrictEqual } from "node:util";

import type pg from "pg";

import type { Known } from "./schema-values.ts";

export interface StoredUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly attributes: unknown;
  readonly version: number;
}

export interface StoredDocument {
  readonly userId: string;
  readonly key: string;
  readonly value: unknown;
  readonly version: number;
}

/** What the database holds. */
export class Rows {
  constructor(
    readonly users = new Map<string, StoredUser>(),
    readonly documents = new Map<string, StoredDocument>(),
  ) {}

  put(row: StoredUser | StoredDocument): void {
    if ("key" in row) {
      this.documents.set(`${row.userId}/${row.key}`, row);
    } else {
      this.users.set(row.id, row);
    }
  }

  /** The documents go with their user. */
  removeUser(id: string): void {
    this.users.delete(id);
    [...this.documents].filter(([, { userId }]) => userId === id).forEach(([place]) => this.documents.delete(place));
  }

  removeDocument(userId: string, key: string): void {
    this.documents.delete(`${userId}/${key}`);
  }

  /** Says how these rows differ from the ones in the database, or returns undefined. */
  differenceTo(stored: Rows): string | undefined {
    return differenceOf("user", this.users, stored.users) ?? differenceOf("document", this.documents, stored.documents);
  }
}

function differenceOf(
  what: string, expected: ReadonlyMap<string, unknown>, stored: ReadonlyMap<string, unknown>,
): string | undefined {
  for (const place of new Set([...expected.keys(), ...stored.keys()])) {
    const [wanted, found] = [expected.get(place), stored.get(place)];
    if (!isDeepStrictEqual(wanted, found)) {
      return `by the answers ${what} ${place} is ${JSON.stringify(wanted)}, the database has ${JSON.stringify(found)}`;
    }
  }
  return undefined;
}

/** As many requests are under way at once. Each has a user of its own to work on. */
export const lanes = [0, 1, 2, 3, 4, 5, 6, 7];

const idOf = (lane: number) => `01990000-0000-7000-8000-00000000000${lane}`;
const nobody = "01990000-0000-7000-8000-0000000000ff";
const keys = ["a.first", "settings"];
const VERSION = 3;
const STALE = 1;

/** The same rows before every batch of requests, so that a request alone says all about its failure. */
export function fixtureRows(): Rows {
  const rows = new Rows();
  for (const lane of lanes) {
    const id = idOf(lane);
    rows.put({ id, email: emailOf(lane), name: `Lane ${lane}`, attributes: { lane }, version: VERSION });
    keys.forEach((key) => rows.put({ userId: id, key, value: { key, lane }, version: VERSION }));
  }
  return rows;
}

function emailOf(lane: number): string {
  return `lane${lane}@fixture.example`;
}

const idempotencyKeyOf = (lane: number) => `claimed-${lane}`;

/** What a lane's requests may name. Cursors are the service's own: it makes them of the last row of a page. */
export function knownTo(lane: number, cursors: readonly string[]): Known {
  const conditions = [`"${VERSION}"`, `"${VERSION}"`, `"${VERSION}"`, "*", `"${STALE}"`, `W/"${VERSION}"`, `"9", "${VERSION}"`];
  return {
    id: [...Array<string>(5).fill(idOf(lane)), nobody],
    key: keys,
    email: [emailOf(lane).toUpperCase(), emailOf((lane + 1) % lanes.length), ...Array<string>(4).fill(`new${lane}@fixture.example`)],
    cursor: cursors,
    slug: ["not-found", "validation-failed"],
    "if-match": conditions,
    "if-none-match": conditions,
    "idempotency-key": [idempotencyKeyOf(lane), ...Array<string>(3).fill(`free-${lane}`)],
  };
}

const statements = [
  "DELETE FROM users",
  "DELETE FROM idempotency_keys",
  `INSERT INTO users (id, email, name, attributes, version) VALUES ${[...fixtureRows().users.values()]
    .map(({ id, email, name, attributes, version }) =>
      `('${id}', '${email}', '${name}', '${JSON.stringify(attributes)}', ${version})`).join(", ")}`,
  `INSERT INTO user_data (user_id, key, value, version) VALUES ${[...fixtureRows().documents.values()]
    .map(({ userId, key, value, version }) => `('${userId}', '${key}', '${JSON.stringify(value)}', ${version})`).join(", ")}`,
  `INSERT INTO idempotency_keys (principal, key, request_hash, status, response) VALUES ${lanes
    .map((lane) => `('writer', '${idempotencyKeyOf(lane)}', '\\x00', 201, '{}')`).join(", ")}`,
].join("; ");

export async function installFixture(session: pg.Client): Promise<void> {
  await session.query(statements);
}

export async function readRows(session: pg.Client): Promise<Rows> {
  const users = await session.query<StoredUser>("SELECT id, email, name, attributes, version FROM users");
  // A bigint comes as text; these are small.
  const documents = await session.query<StoredDocument>(
    "SELECT user_id AS \"userId\", key, value, version::integer FROM user_data");
  const rows = new Rows();
  [...users.rows, ...documents.rows].forEach((row) => rows.put(row));
  return rows;
}
