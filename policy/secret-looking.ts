const secretNames = /(^|[^a-z])(passw(or)?d|secret|token|private.?key|api.?keys?|access.?key|credentials?)($|[^a-z])/i;
const secretValues = /^AKIA[0-9A-Z]{16}$|-----BEGIN [A-Z ]*PRIVATE KEY-----|^[a-z]+:\/\/[^/@\s]*:[^/@\s]+@/;

/** Whether a value looks like a secret, by what it is called or by itself. The ARN of a secret is none. */
export function looksSecret(name: string, value = ""): boolean {
  return secretValues.test(value) || (secretNames.test(name) && !value.startsWith("arn:"));
}
