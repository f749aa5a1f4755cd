import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContext } from "node:tls";

import type pg from "pg";

import { ConfigError, type DatabaseAddress } from "../config.ts";

/**
 * Where the database is and how to trust it: its certificate has to come from one of the CAs in the file, and has to
 * name the host. An object and not a URL, because pg reads `sslmode=require` in a URL as less than that.
 */
export function connectionOptions(config: DatabaseAddress, applicationName: string): pg.ClientConfig {
  return {
    host: config.DATABASE_HOST,
    port: config.DATABASE_PORT,
    database: config.DATABASE_NAME,
    application_name: applicationName,
    // Whatever the role's or the server's own settings are: times are cut out of what this writes.
    options: "-c TimeZone=UTC -c DateStyle=ISO",
    keepAlive: true,
    // The system would first ask after two hours whether the other side of an idle connection is still there.
    keepAliveInitialDelayMillis: 10_000,
    // One context for all connections: parsing the CAs again for each costs more than the handshake.
    ssl: { secureContext: trusting(config.DATABASE_CA_FILE), rejectUnauthorized: true },
  };
}

function trusting(path: string): SecureContext {
  try {
    const ca = readFileSync(path, "utf8");
    // Without a certificate Node would trust its own list of public CAs instead.
    assert(ca.includes("-----BEGIN CERTIFICATE-----"), "it holds no certificate");
    return createSecureContext({ ca });
  } catch (error) {
    throw new ConfigError(`DATABASE_CA_FILE must be the path of a PEM file with CAs, got "${path}": ${(error as Error).message}`);
  }
}
