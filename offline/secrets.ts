/** How Pulumi's protocol marks a secret value. */
const mark = "4dabf18193072939515e22adb298388d";
const isSecretMark = "1b47061264138c4ac30d75fd1eb44270";

/** A value as Pulumi's protocol hides it. */
export function secret(value: unknown): object {
  return { [mark]: isSecretMark, value };
}

export function isSecret(value: unknown): value is { readonly value: unknown } {
  return typeof value === "object" && value !== null && mark in value;
}

/** Whether there is a secret anywhere in a value. */
export function secretsIn(value: unknown): boolean {
  return typeof value === "object" && value !== null && (isSecret(value) || Object.values(value).some(secretsIn));
}

/** The value with secrets laid open, for whoever has to look at what they hold. */
export function plain<T>(value: T): T;
export function plain(value: unknown): unknown {
  if (isSecret(value)) {
    return plain(value.value);
  }
  if (Array.isArray(value)) {
    return value.map((entry) => plain(entry));
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)])) : value;
}
