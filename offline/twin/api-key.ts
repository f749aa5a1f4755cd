import type { Secrets } from "../stand-ins/secrets";

interface KeyHolder {
  readonly secrets: Secrets;
  readonly parts: { readonly service: { readonly apiKeysSecretArn: string } };
}

/** The first API key, which the migration made, from where an operator would read it on AWS. */
export async function apiKey({ secrets, parts }: KeyHolder): Promise<string> {
  const { SecretString } = await secrets.call<{ SecretString: string }>(
    "secretsmanager.GetSecretValue", { SecretId: parts.service.apiKeysSecretArn }, "the-operator");
  const { clients } = JSON.parse(SecretString) as { clients: Record<string, { current: string }> };
  const [first] = Object.values(clients);
  if (first === undefined) {
    throw new Error(`the secret ${parts.service.apiKeysSecretArn} holds no client: run with --fresh`);
  }
  return first.current;
}
