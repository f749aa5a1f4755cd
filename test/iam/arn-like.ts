/** Whether an ARN is like a pattern of a policy: part by part, with `*` for any text and `?` for a character. */
export function arnLike(pattern: string, arn: string): boolean {
  const [patterns, parts] = [sixParts(pattern), sixParts(arn)];
  return patterns.length === parts.length && patterns.every((part, index) => like(part, parts[index] ?? ""));
}

/** The sixth part, the resource, may hold colons of its own. */
function sixParts(arn: string): string[] {
  const [first = "", ...rest] = arn.split(":");
  return [first, ...rest.slice(0, 4), rest.slice(4).join(":")];
}

function like(pattern: string, text: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(text);
}
