import { Type } from "typebox";

import { ProblemError } from "./problems.ts";

/** The versions that an `If-Match` or an `If-None-Match` names, or any. */
export type Condition = "*" | readonly number[];

/** RFC 9110, sections 8.8.3 and 5.6.1: a list may have empty members, and a tag may have commas in it. */
const tagList = "[\\t ,]*((W/)?\"[!#-~\\x80-\\xff]*\"[\\t ]*(,[\\t ,]*|$))+$";
const tag = /(W\/)?"([!#-~\x80-\xff]*)"/g;

/** As this service writes them. No other tag can be that of a version, however well it is formed. */
const ownVersion = /^[1-9][0-9]{0,14}$/;

const conditionOf = (description: string) => Type.Optional(Type.String({ pattern: `^(\\*$|${tagList})`, description }));

export const IfNoneMatch = conditionOf("ETags of what the client has, or `*`: answers 304 if one of them is still current");
export const IfMatch = conditionOf("ETags of what the client has read, or `*`: answers 412 if none of them is current");
export const IfNoneMatchOnWrite = conditionOf("`*`: answers 412 if there is a document already");

export function etagOf(version: number): string {
  return `"${version}"`;
}

/** Compares strongly, as RFC 9110 wants for `If-Match`: a weak tag matches nothing. */
export function parseIfMatch(header: string | undefined): Condition | undefined {
  return header === undefined ? undefined : parse(header, (weak) => !weak);
}

/** Compares weakly, as RFC 9110 wants for `If-None-Match`. */
export function parseIfNoneMatch(header: string | undefined): Condition | undefined {
  return header === undefined ? undefined : parse(header, () => true);
}

/** Whether the client says that it has this version. */
export function isCurrent(ifNoneMatch: string | undefined, version: number): boolean {
  const known = parseIfNoneMatch(ifNoneMatch);
  return known !== undefined && names(known, version);
}

export function names(condition: Condition, version: number): boolean {
  return condition === "*" || condition.includes(version);
}

/** The condition as a parameter of SQL: null where any version will do. */
export function versionsOf(condition: Condition): readonly number[] | null {
  return condition === "*" ? null : condition;
}

export function preconditionFailed(): ProblemError {
  return new ProblemError("precondition-failed", { detail: "this is not the version that is stored now" });
}

function parse(header: string, matches: (weak: boolean) => boolean): Condition {
  if (header === "*") {
    return "*";
  }
  return [...header.matchAll(tag)]
    .filter(([, weak, opaque = ""]) => matches(weak !== undefined) && ownVersion.test(opaque))
    .map(([, , opaque]) => Number(opaque));
}
