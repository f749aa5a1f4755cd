import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

import { refuseOtherAccount } from "../../infra/own-account";
import type { Place } from "../names";
import { stackOutputs } from "../pulumi/stack-outputs";
import { placeOf } from "../target";

export interface Target {
  readonly url: string;
  readonly key: string;
}

/** Where a deployed stack answers, and the key that a client of it has. Nobody sees the key but who asks here. */
export async function targetOf(stack: string, client: string): Promise<Target> {
  const place = placeOf(stack);
  await refuseOtherAccount(place);
  const { url, apiKeysSecretArn } = await stackOutputs(stack) as { url?: string; apiKeysSecretArn?: string };
  if (url === undefined || apiKeysSecretArn === undefined) {
    throw new Error(`stack ${stack} has no url: it has never been up`);
  }
  return { url, key: await keyOf(client, apiKeysSecretArn, place) };
}

async function keyOf(client: string, secret: string, { region }: Place): Promise<string> {
  const { SecretString = "{}" } = await new SecretsManagerClient({ region })
    .send(new GetSecretValueCommand({ SecretId: secret }));
  const { clients = {} } = JSON.parse(SecretString) as { clients?: Record<string, { current: string }> };
  const key = clients[client]?.current;
  if (key === undefined) {
    throw new Error(`the secret ${secret} has no client "${client}", but ${Object.keys(clients).join(", ") || "none"}: `
      + "name one of them with --client, or add it to the secret's value");
  }
  return key;
}
