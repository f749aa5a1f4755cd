import type { Logger } from "pino";
import type { Static } from "typebox";

import { ApiKeysSecret } from "../api-keys.ts";
import { SecretError, type Secrets } from "../secrets.ts";
import { newSecret } from "./secret-values.ts";

type Clients = Static<typeof ApiKeysSecret>["clients"];
type Keys = Clients[string];

/** Gives a client another key. The one it has stays valid as `previous`, until somebody says that it is not needed. */
export async function rotateApiKey(secrets: Secrets, arn: string, client: string, log: Logger): Promise<void> {
  await changeKeys(secrets, arn, client, (keys) => {
    if (keys.previous !== null) {
      throw new SecretError(`the client "${client}" still has a previous key, which another rotation would take from it;`
        + ` once the client uses the current one, run \`rotate.mjs api-key ${client} --drop-previous\``);
    }
    return { ...keys, current: newSecret(), previous: keys.current };
  });
  log.info(`the client "${client}" has a new key: \`clients.${client}.current\` in ${arn}; the key before it stays valid`
    + ` until \`rotate.mjs api-key ${client} --drop-previous\``);
}

export async function dropPreviousKey(secrets: Secrets, arn: string, client: string, log: Logger): Promise<void> {
  await changeKeys(secrets, arn, client, (keys) => {
    if (keys.previous === null) {
      throw new SecretError(`the client "${client}" has no previous key`);
    }
    return { ...keys, previous: null };
  });
  log.info(`the previous key of the client "${client}" is refused in two minutes at the latest; it can still be read at the`
    + ` stage AWSPREVIOUS of ${arn}`);
}

/** Without the database and its lock: a key that leaked must be replaceable while either is busy. */
async function changeKeys(secrets: Secrets, arn: string, client: string, change: (keys: Keys) => Keys): Promise<void> {
  const current = await secrets.findVersion(ApiKeysSecret, arn, "AWSCURRENT");
  const clients: Clients = current?.value.clients ?? {};
  const keys = Object.hasOwn(clients, client) ? clients[client] : undefined;
  if (current === undefined || keys === undefined) {
    const known = Object.keys(clients).join(", ") || "none";
    throw new SecretError(`the secret ${arn} has no client "${client}"; its clients are: ${known}`);
  }
  const id = await secrets.stage(arn, { ...current.value, clients: { ...clients, [client]: change(keys) } });
  await secrets.promote(arn, current.id, id);
}
