import { ProblemError } from "./problems.ts";

/** A page's place in a list, in a form that does not invite clients to build their own. */
function encodeCursor(place: string): string {
  return Buffer.from(place).toString("base64url");
}

export function decodeCursor(cursor: string, place: RegExp): string {
  const decoded = Buffer.from(cursor, "base64url").toString();
  if (!place.test(decoded)) {
    throw new ProblemError("validation-failed", {
      detail: "the query is not valid",
      errors: [{ pointer: "/cursor", code: "cursor", message: "must be the nextCursor of a page of this list" }],
    });
  }
  return decoded;
}

/** Cuts a list that was read one longer than the page, to know whether another page follows. */
export function toPage<T>(rows: readonly T[], limit: number, placeOf: (row: T) => string) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(placeOf(last)) : null };
}
