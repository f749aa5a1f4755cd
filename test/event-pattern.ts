/**
 * Whether EventBridge would take an event by a pattern, as far as our patterns go: values, `anything-but`,
 * `exists: true`, `$or`.
 */
export function matches(pattern: unknown, event: unknown): boolean {
  if (Array.isArray(pattern)) {
    // An empty list is the one that no value is in.
    const values = Array.isArray(event) ? event : event === undefined ? [] : [event];
    return values.some((value) => pattern.some((wanted) => takes(wanted, value)));
  }
  // Of a list of objects one has to fit as a whole: EventBridge does not mix the fields of several.
  if (Array.isArray(event)) {
    return event.some((element) => matches(pattern, element));
  }
  if (!isObject(pattern) || !isObject(event)) {
    return false;
  }
  return Object.entries(pattern).every(([key, inner]) => key === "$or"
    ? (inner as unknown[]).some((choice) => matches(choice, event))
    : matches(inner, event[key]));
}

function takes(wanted: unknown, value: unknown): boolean {
  if (!isObject(wanted)) {
    return wanted === value;
  }
  const [[operator, operand] = [], ...more] = Object.entries(wanted);
  if (operator === "exists" && operand === true && more.length === 0) {
    // Of leaves only; what is not there has no value to ask this of.
    return !isObject(value);
  }
  if (operator !== "anything-but" || more.length > 0) {
    throw new Error(`test/event-pattern.ts knows no ${Object.keys(wanted).join(", ")}: add what EventBridge makes of it`);
  }
  return ![operand].flat().includes(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
