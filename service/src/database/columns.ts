import pg from "pg";

/** Makes a value of PostgreSQL's text for it. */
type Read<T> = (text: string) => T;

/** How to read each column of a row. One that is NULL is not read, it is null. */
export type Columns<Row extends object> = { readonly [Name in keyof Row]-?: Read<NonNullable<Row[Name]>> };

export const text: Read<string> = (value) => value;
/** Of integers within 2^53, as all versions are: no row changes so often. */
export const integer: Read<number> = Number;
export const boolean: Read<boolean> = (value) => value === "t";

/** What was stored is trusted to be of the type: it was checked against a schema before. */
export function json<T>(): Read<T> {
  return JSON.parse as Read<T>;
}

/** For what a year with five digits, or one before Christ, makes of it. */
const parseDate = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as Read<Date>;
const usual = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/;

/** As RFC 3339 in UTC, to milliseconds. Cut out of the text where that can be done: a Date costs four times as much. */
export const timestamp: Read<string> = (value) => usual.test(value)
  ? `${value.slice(0, 10)}T${value.slice(11, 19)}.${value.slice(20, -3).slice(0, 3).padEnd(3, "0")}Z`
  : parseDate(value).toISOString();
