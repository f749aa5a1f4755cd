import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Plan } from "../../offline/render";
import { freePort } from "../../offline/stand-ins/local-server";
import { startPostgres, type Postgres } from "../../offline/stand-ins/postgres";
import { startSecrets, type Secrets } from "../../offline/stand-ins/secrets";
import { containerOf, environmentOf, type Part } from "../plans";

/** Seconds; the plan's own would only make the test wait. */
export const drainSeconds = 2;

const master = { username: "accounts_admin", password: "the master's own" };

/** What containers of a plan reach on this computer: a real PostgreSQL, and a stand-in for Secrets Manager. */
export class Surroundings {
  private constructor(
    private readonly plan: Plan,
    private readonly postgres: Postgres,
    private readonly secrets: Secrets,
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async start(plan: Plan): Promise<Surroundings> {
    const told = environmentOf(plan, "migration");
    const secret = (variable: string, value?: object) =>
      ({ name: variable, arn: told[variable]!, ...value !== undefined && { value: JSON.stringify(value) } });
    const [postgres, secrets, port] = await Promise.all([
      startPostgres({ majorVersion: 18, database: told["DATABASE_NAME"]!, forceTls: true, ...master }),
      startSecrets({
        secrets: [
          secret("DATABASE_SECRET_ARN"), secret("API_KEYS_SECRET_ARN"), secret("DATABASE_MASTER_SECRET_ARN", master),
        ],
        parameters: [],
      }),
      freePort(),
    ]);
    const folder = mkdtempSync(join(tmpdir(), "accounts-surroundings-"));
    // The containers' user is not the one that owns the original.
    copyFileSync(postgres.caFile, join(folder, "ca.pem"));
    chmodSync(join(folder, "ca.pem"), 0o644);
    return new Surroundings(plan, postgres, secrets, folder, port);
  }

  /** What a container has to be told to find them: the plan's own environment, but for where things are. */
  optionsFor(part: Part): string[] {
    const planned = environmentOf(this.plan, part);
    const here: Record<string, string> = {
      HOST: "127.0.0.1",
      PORT: String(this.port),
      TRUSTED_PROXY_CIDR: "127.0.0.0/8",
      DATABASE_HOST: this.postgres.host,
      DATABASE_PORT: String(this.postgres.port),
      DRAIN_SECONDS: String(drainSeconds),
    };
    const changed = Object.fromEntries(Object.entries(planned).map(([name, value]) => [name, here[name] ?? value]));
    const environment = {
      ...changed,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: this.secrets.url,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    };
    const certificates = join(containerOf(this.plan, part).workingDirectory, planned["DATABASE_CA_FILE"]!);
    return [
      ...Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      // The database's certificate is of an own CA.
      "--volume", `${join(this.folder, "ca.pem")}:${certificates}:ro`,
    ];
  }

  /** The API key that the migration has made. */
  async apiKey(): Promise<string> {
    const input = { SecretId: environmentOf(this.plan, "migration")["API_KEYS_SECRET_ARN"] };
    const { SecretString } = await this.secrets.call<{ SecretString: string }>("secretsmanager.GetSecretValue", input, "test");
    return (JSON.parse(SecretString) as { clients: { default: { current: string } } }).clients.default.current;
  }

  async stop(): Promise<void> {
    await Promise.all([this.postgres.stop(), this.secrets.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
