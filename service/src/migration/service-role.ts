import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

import pg from "pg";
import type { Logger } from "pino";

import type { Credentials } from "../database/credentials.ts";
import { faultOf } from "../database/errors.ts";

/** The role the service logs in as. The migrations grant to it by this name. */
export const SERVICE_ROLE = "accounts_service";

/**
 * Brings the role and its password to what the secret says, wherever an earlier run stopped. The master user of RDS is
 * no superuser; it may do this because PostgreSQL lets a role with CREATEROLE alter the roles it has made.
 */
export async function ensureServiceRole(
  master: pg.Client, connection: pg.ClientConfig, credentials: Credentials, log: Logger,
): Promise<void> {
  const role = pg.escapeIdentifier(SERVICE_ROLE);
  const { rowCount } = await master.query("SELECT FROM pg_roles WHERE rolname = $1", [SERVICE_ROLE]);
  if (rowCount === 0) {
    await master.query(`CREATE ROLE ${role} LOGIN PASSWORD ${verifierOf(credentials)}`);
    log.info(`role ${SERVICE_ROLE} created`);
  }

  const database = pg.escapeIdentifier(connection.database ?? "");
  await master.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
  await master.query(`GRANT CONNECT ON DATABASE ${database} TO ${role}`);

  await ensurePassword(master, connection, credentials, log);
}

/** Sets the role's password unless it is that one already, and proves that one can log in with it. */
export async function ensurePassword(
  master: pg.Client, connection: pg.ClientConfig, credentials: Credentials, log: Logger,
): Promise<void> {
  if (await canLogIn(connection, credentials)) {
    return;
  }
  await master.query(`ALTER ROLE ${pg.escapeIdentifier(SERVICE_ROLE)} LOGIN PASSWORD ${verifierOf(credentials)}`);
  log.info(`password of role ${SERVICE_ROLE} set to the secret's`);
  if (!await canLogIn(connection, credentials)) {
    throw new Error(`the database refuses the role ${SERVICE_ROLE}, although its password was just set`);
  }
}

async function canLogIn(connection: pg.ClientConfig, { username, password }: Credentials): Promise<boolean> {
  const client = new pg.Client({ ...connection, user: username, password });
  // A session that breaks after it has answered the question would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (faultOf(error) === "refused") {
      return false;
    }
    throw error;
  } finally {
    await client.end();
  }
}

/** The password as a part of a statement that does not hold it. */
function verifierOf({ password }: Credentials): string {
  return pg.escapeLiteral(scramVerifier(password));
}

/** The form PostgreSQL keeps a password in (RFC 5803): the password itself is in no statement and no server log. */
function scramVerifier(password: string, salt = randomBytes(16), iterations = 4096): string {
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
  const sign = (text: string): Buffer => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(sign("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${sign("Server Key").toString("base64")}`;
}
