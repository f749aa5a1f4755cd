export type Variables = Readonly<Record<string, string | undefined>>;

/** Sets variables of this process, or takes them away. Returns what sets them back. */
export function setEnvironment(variables: Variables): () => void {
  const before = Object.fromEntries(Object.keys(variables).map((key) => [key, process.env[key]]));
  assign(variables);
  return () => assign(before);
}

function assign(variables: Variables): void {
  for (const [key, value] of Object.entries(variables)) {
    if (value === undefined) {
      delete process.env[key];
    } else {
      process.env[key] = value;
    }
  }
}
