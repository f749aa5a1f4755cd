/** Adds a problem unless the rule holds: what is wrong, the value, and what is allowed. */
export type Rule = (holds: boolean, field: string, value: unknown, allowed: string) => void;

export function range(rule: Rule, field: string, value: number, from: number, to: number): void {
  rule(isBetween(value, from, to), field, value, `${from} to ${to}, a whole number`);
}

/** Of an alarm that rings above it: there is nothing above all. */
export function percent(rule: Rule, field: string, value: number): void {
  rule(value > 0 && value < 100, field, value, "above 0 and below 100");
}

export function isBetween(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to;
}
