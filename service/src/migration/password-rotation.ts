import type { Logger } from "pino";

import type { MigrationConfig } from "../config.ts";
import { Credentials } from "../database/credentials.ts";
import { SecretError, type Secrets, type Version } from "../secrets.ts";
import { asMaster } from "./master.ts";
import { newSecret, requireServiceRole } from "./secret-values.ts";
import { ensurePassword, SERVICE_ROLE } from "./service-role.ts";

/**
 * Gives the service's role another password without a refused request: the next password is readable at AWSPENDING
 * before the database wants it, and current only after it was seen to work. Stopped anywhere, the service goes on with
 * whichever of the two the database takes, and the next run finishes the change.
 */
export async function rotateDatabasePassword(
  config: MigrationConfig, secrets: Secrets, patienceSeconds: number, log: Logger,
): Promise<void> {
  const arn = config.DATABASE_SECRET_ARN;
  await asMaster(config, secrets, patienceSeconds, log, async ({ master, connection }) => {
    const current = await secrets.findVersion(Credentials, arn, "AWSCURRENT");
    if (current === undefined) {
      throw new SecretError(`the secret ${arn} has no value to rotate; run the migration first`);
    }
    const next = await nextVersion(secrets, arn, current.id, log);
    await ensurePassword(master, connection, requireServiceRole(arn, next.value), log);
    await secrets.promote(arn, current.id, next.id);
    log.info(`the next password is current in ${arn}`);
  });
}

/** A rotation that has ended may leave AWSPENDING at the current version; at another one, it was stopped. */
async function nextVersion(
  secrets: Secrets, arn: string, currentId: string, log: Logger,
): Promise<Version<Credentials>> {
  const pending = await secrets.findVersion(Credentials, arn, "AWSPENDING");
  if (pending !== undefined && pending.id !== currentId) {
    log.info(`taking up the password that a rotation left at AWSPENDING in ${arn}`);
    return pending;
  }
  const value = { username: SERVICE_ROLE, password: newSecret() };
  const next = { id: await secrets.stage(arn, value), value };
  log.info(`the next password is at AWSPENDING in ${arn}`);
  return next;
}
