import { randomBytes } from "node:crypto";

import type { Logger } from "pino";

import { ApiKeysSecret } from "../api-keys.ts";
import { Credentials } from "../database/credentials.ts";
import { SecretError, type Secrets } from "../secrets.ts";
import { SERVICE_ROLE } from "./service-role.ts";

/** The infrastructure makes the secret empty, so that no value is ever in a state file; the first run fills it. */
export async function ensureDatabaseSecret(secrets: Secrets, arn: string, log: Logger): Promise<Credentials> {
  await secrets.requireExists(arn);
  const found = await secrets.find(Credentials, arn);
  if (found === undefined) {
    const first = { username: SERVICE_ROLE, password: newSecret() };
    await secrets.write(arn, first);
    log.info(`first value of ${arn} written`);
    return first;
  }
  return requireServiceRole(arn, found);
}

/** Another name in the secret could be the master's, whose password would then be changed. */
export function requireServiceRole(arn: string, credentials: Credentials): Credentials {
  if (credentials.username !== SERVICE_ROLE) {
    throw new SecretError(`the secret ${arn} must have the username "${SERVICE_ROLE}", got "${credentials.username}"`);
  }
  return credentials;
}

export async function ensureApiKeys(secrets: Secrets, arn: string, log: Logger): Promise<void> {
  await secrets.requireExists(arn);
  if (await secrets.find(ApiKeysSecret, arn) === undefined) {
    await secrets.write(arn, {
      clients: {
        default: { scopes: ["read", "write"], current: newSecret(), previous: null },
        // Of the smoke test after each deployment, which a runner holds.
        smoke: { scopes: ["read"], current: newSecret(), previous: null },
      },
    });
    log.info(`first value of ${arn} written`);
  }
}

/** 256 bits, in letters that need no escaping anywhere. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}
