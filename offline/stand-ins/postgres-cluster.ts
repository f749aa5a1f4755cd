import { spawn } from "node:child_process";
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { text } from "node:stream/consumers";

import { account, type PostgresBinaries } from "./postgres-binaries";
import { own, type PostgresHome } from "./postgres-home";
import { writeWhole } from "./processes";

/** The database and its owner, who may do what the master user of RDS may. */
export interface MasterUser {
  readonly database: string;
  readonly username: string;
  readonly password: string;
}

/** RDS keeps a superuser of this name to itself; here too, the master user is not one. */
const superuser = "rdsadmin";

/** Makes the data, or takes those that are there, and sees to the master user and the database. */
export async function ensureCluster(
  binaries: PostgresBinaries, home: PostgresHome, master: MasterUser,
): Promise<{ username: string; password: string }> {
  const passwordFile = path.join(home.folder, "superuser-password");
  if (!fs.existsSync(home.cluster)) {
    fs.rmSync(path.join(home.folder, "master.sha256"), { force: true });
    await initialize(binaries, home, passwordFile);
  }
  checkVersion(binaries, home);
  await ensureMaster(binaries, home, master);
  return { username: superuser, password: fs.readFileSync(passwordFile, "utf8").trim() };
}

async function initialize(binaries: PostgresBinaries, home: PostgresHome, passwordFile: string): Promise<void> {
  const draft = `${home.cluster}.new`;
  fs.rmSync(draft, { recursive: true, force: true });
  fs.writeFileSync(passwordFile, crypto.randomBytes(24).toString("base64url"), { mode: 0o600 });
  own(passwordFile);
  await run(binaries.initdb, [
    "-D", draft, "--username", superuser, "--pwfile", passwordFile, "--auth", "scram-sha-256",
    // Words sort as in RDS's en_US.UTF-8, without asking this computer for a locale.
    "--encoding", "UTF8", "--locale", "C", "--locale-provider", "icu", "--icu-locale", "en-US",
    "--no-sync", "--no-instructions",
  ], home.folder);
  fs.renameSync(draft, home.cluster);
}

function checkVersion(binaries: PostgresBinaries, home: PostgresHome): void {
  const kept = Number(fs.readFileSync(path.join(home.cluster, "PG_VERSION"), "utf8"));
  if (kept !== binaries.majorVersion) {
    throw new Error(`the data in ${home.folder} are of PostgreSQL ${kept}, and this is ${binaries.majorVersion}, `
      + "which cannot read them: delete the folder to start with an empty database");
  }
}

async function ensureMaster(binaries: PostgresBinaries, home: PostgresHome, master: MasterUser): Promise<void> {
  const mark = path.join(home.folder, "master.sha256");
  const wanted = crypto.createHash("sha256").update(JSON.stringify(master)).digest("hex");
  if (fs.existsSync(mark) && fs.readFileSync(mark, "utf8") === wanted) {
    return;
  }
  // Single-user mode needs no listener, so nobody can meet a database that is half made.
  const output = await run(binaries.postgres, [
    "--single", "-j", "-F", "-D", home.cluster, "-c", "log_min_error_statement=panic", "postgres",
  ], home.folder, masterStatements(master).map((statement) => `${statement};\n\n`).join(""));
  const failures = output.split("\n").filter((line) => /(ERROR|FATAL):/.test(line) && !/already exists$/.test(line));
  if (failures.length > 0) {
    throw new Error(`PostgreSQL refuses the master user or the database: ${failures.join("; ")}`);
  }
  writeWhole(mark, wanted);
}

function masterStatements({ database, username, password }: MasterUser): string[] {
  const [role, name] = [identifier(username), identifier(database)];
  return [
    "CREATE ROLE rds_superuser NOLOGIN IN ROLE pg_monitor, pg_signal_backend, pg_checkpoint",
    `CREATE ROLE ${role}`,
    `ALTER ROLE ${role} LOGIN CREATEROLE CREATEDB NOSUPERUSER PASSWORD ${literal(password)}`,
    `GRANT rds_superuser TO ${role} WITH ADMIN OPTION`,
    `CREATE DATABASE ${name} OWNER ${role}`,
    `ALTER DATABASE ${name} OWNER TO ${role}`,
  ];
}

function identifier(name: string): string {
  return `"${name.replaceAll("\"", "\"\"")}"`;
}

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

async function run(program: string, args: string[], cwd: string, input = ""): Promise<string> {
  const child = spawn(program, args, { ...account, cwd, env: {} });
  const exited = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  child.stdin.on("error", () => undefined).end(input);
  const [output, code] = await Promise.all([text(child.stderr), exited, text(child.stdout)]);
  if (code !== 0) {
    throw new Error(`${path.basename(program)} ends with exit code ${code}: ${output.trim()}`);
  }
  return output;
}
