import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { createInterface } from "node:readline";

import type { Certificates } from "./certificates";
import { account, type PostgresBinaries } from "./postgres-binaries";
import { own, type PostgresHome } from "./postgres-home";
import { stopServer } from "./postgres-shutdown";
import { recordOf } from "./processes";

/** What the server itself, rather than what is in it, is asked to be. */
export interface ServerArgs {
  readonly port: number;
  readonly forceTls: boolean;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
}

const keptLogLines = 20;

/** Starts the server; settled when it takes connections. */
export function startServer(
  binaries: PostgresBinaries, home: PostgresHome, certificates: Certificates, args: ServerArgs,
): Promise<ChildProcess> {
  const parameters = { ...args.parameters, ...fixedParameters(home, certificates, args) };
  const server = spawn(binaries.postgres, [
    "-D", home.cluster, ...Object.entries(parameters).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    // Ctrl-C reaches every process of a terminal's group; the database has to be the last to go.
  ], { ...account, cwd: home.folder, env: {}, detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const log: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface({ input: server.stderr }).on("line", (line) => {
      args.onLine?.(line);
      log.splice(0, log.length - keptLogLines + 1);
      log.push(line);
      if (line.includes("database system is ready to accept connections")) {
        resolve(server);
      }
    });
    server.once("error", reject);
    server.once("close", (code) => reject(new Error(`PostgreSQL ends with exit code ${code}: ${log.join("\n")}`)));
  });
}

/** Stops the server, if it has not ended by itself. */
export async function shutDown(server: ChildProcess): Promise<void> {
  const record = recordOf(server.pid!);
  // The id of a server that has already ended may be another process's by now.
  if (record !== undefined && server.exitCode === null && server.signalCode === null) {
    await stopServer(record);
  }
}

function fixedParameters(home: PostgresHome, certificates: Certificates, args: ServerArgs): Record<string, string> {
  const hostBasedAuthentication = path.join(home.folder, "pg_hba.conf");
  fs.writeFileSync(hostBasedAuthentication, `${args.forceTls ? "hostssl" : "host"} all all 127.0.0.1/32 scram-sha-256\n`);
  own(hostBasedAuthentication);
  return {
    listen_addresses: "127.0.0.1",
    port: String(args.port),
    unix_socket_directories: "",
    hba_file: hostBasedAuthentication,
    ssl: "on",
    ssl_cert_file: certificates.certificateFile,
    ssl_key_file: certificates.keyFile,
    password_encryption: "scram-sha-256",
    timezone: "UTC",
    log_timezone: "UTC",
    lc_messages: "C",
    // A crash of this computer may cost the data, a crash of the server may not.
    fsync: "off",
    full_page_writes: "off",
  };
}
