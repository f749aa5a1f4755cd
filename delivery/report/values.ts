import { stringify } from "yaml";

import { secretValue, unknownValue } from "./changes";
import { code } from "./markdown";
import type { PropertyChange, Tree } from "./structure";

/** Characters of a value in a line that a person reads; the whole stands in the full difference. */
const widest = 60;

/** Characters of what two texts have in common, so that a reader sees where he is. */
const shownBefore = 10;

/** `2` → `3`. */
export function transition({ from, to }: PropertyChange): string {
  if (from === undefined) {
    return `new: ${inLine(to)}`;
  }
  if (to === undefined) {
    return `gone, was ${inLine(from)}`;
  }
  if (from === secretValue && to === secretValue) {
    return "_secret, changes_";
  }
  const [before, after] = withoutCommonStart(textOf(from), textOf(to));
  return `${inLine(from, before)} → ${inLine(to, after)}`;
}

function inLine(value: Tree | undefined, text = textOf(value)): string {
  if (value === unknownValue) {
    return "_known after the update_";
  }
  return value === secretValue ? "_secret_" : code(text.length > widest ? `${text.slice(0, widest)}…` : text);
}

function textOf(value: Tree | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

/** Of two long texts that begin alike, as ARNs and images do, what they do not have in common. */
function withoutCommonStart(from: string, to: string): [string, string] {
  if (from.length <= widest && to.length <= widest) {
    return [from, to];
  }
  const first = Array.from({ length: from.length }, (_, index) => index).find((index) => from[index] !== to[index]);
  const start = (first ?? from.length) - shownBefore;
  return start < shownBefore ? [from, to] : [`…${from.slice(start)}`, `…${to.slice(start)}`];
}

/** The whole of both sides, a line each or more, as `diff` writes it. */
export function diffLines({ path, from, to }: PropertyChange): string[] {
  if (from !== undefined && to === unknownValue) {
    return [`!   ${path}: what it will be is known after the update`];
  }
  if (from === secretValue && to === secretValue) {
    return [`!   ${path}: a secret, changes`];
  }
  return [...sideLines("-", path, from), ...sideLines("+", path, to)];
}

function sideLines(sign: string, path: string, value: Tree | undefined): string[] {
  if (value === undefined) {
    return [];
  }
  const lines = typeof value === "object" && value !== null && Object.keys(value).length > 0
    ? [`${path}:`, ...stringify(value, { lineWidth: 0 }).trimEnd().split("\n").map((line) => `  ${line}`)]
    : [`${path}: ${typeof value === "string" ? value.replaceAll("\n", "\\n") : JSON.stringify(value)}`];
  return lines.map((line) => `${sign}   ${line}`);
}
