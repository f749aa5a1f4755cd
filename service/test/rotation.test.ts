import assert from "node:assert/strict";
import { mock } from "node:test";

import { AwsError, startAwsJson } from "../../offline/stand-ins/aws-json.ts";
import { readMigrationConfig } from "../src/config.ts";
import type { Credentials } from "../src/database/credentials.ts";
import { createLog } from "../src/log.ts";
import { dropPreviousKey, rotateApiKey } from "../src/migration/api-key-rotation.ts";
import { rotateDatabasePassword } from "../src/migration/password-rotation.ts";
import { Secrets } from "../src/secrets.ts";
import { arns, silent, startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { buildService, Program, type Build } from "./support/process.ts";
import { keys, startService } from "./support/service.ts";
import { Traffic, type User } from "./support/traffic.ts";

const clients = { readers: 4, listers: 2 };

interface KeysOf {
  readonly clients: Readonly<Record<string, { readonly current: string; readonly previous: string | null }>>;
}

describe("the rotation", () => {
  let environment: TestEnvironment;
  let secrets: Secrets;

  beforeEach(async () => {
    environment = await startEnvironment();
    secrets = new Secrets("eu-west-1");
    await environment.migrate();
  });
  afterEach(async () => {
    secrets.close();
    await environment.stop();
  });

  const logTo = (onLine: (line: string) => void) =>
    createLog("test", "info", { write: (line) => onLine((JSON.parse(line) as { msg: string }).msg) });

  /** What failed of the requests that a running service was sent while `work` ran. */
  const failuresDuring = async (
    work: (traffic: Traffic, url: string, users: readonly User[]) => Promise<unknown>,
  ): Promise<readonly string[]> => {
    const service = await startService(environment);
    const users = await environment.query<User & Record<string, unknown>>(
      "INSERT INTO users (email, name) VALUES ('a@example.com', 'A') RETURNING id, email, name");
    const url = await service.app.listen({ host: "127.0.0.1", port: 0 });
    const traffic = new Traffic(url, users, clients);
    try {
      await traffic.answered(50);
      await work(traffic, url, users);
    } finally {
      await traffic.stop();
      await service.stop();
    }
    return traffic.failures;
  };

  describe("of the database's password", () => {
    const stageOf = (stage: string) => environment.secrets.call<{ SecretString: string; VersionId: string }>(
      "secretsmanager.GetSecretValue", { SecretId: arns.database, VersionStage: stage }, "test");
    const credentialsAt = async (stage = "AWSCURRENT") => JSON.parse((await stageOf(stage)).SecretString) as Credentials;
    const rotate = (log = silent, used = secrets) =>
      rotateDatabasePassword(readMigrationConfig(environment.variables), used, 0, log);
    const canLogIn = (credentials: Credentials) =>
      environment.query("SELECT", credentials).then(() => true, (error: { code?: string }) => error.code !== "28P01");
    /** From here on the service needs new connections, and with them a password that the database takes. */
    const closeSessions = () => environment.queryAsSuperuser(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'accounts-service'");

    it("changes it, proves the next one before it is current, and keeps the one before in the secret", async () => {
      const before = await credentialsAt();
      const lines: string[] = [];
      await rotate(logTo((line) => lines.push(line)));
      const after = await credentialsAt();

      assert.match(after.password, /^[\w-]{43}$/);
      assert.deepEqual([await canLogIn(after), await canLogIn(before)], [true, false]);
      assert.deepEqual(await credentialsAt("AWSPREVIOUS"), before);
      assert.deepEqual(lines, [
        `the next password is at AWSPENDING in ${arns.database}`,
        "password of role accounts_service set to the secret's",
        `the next password is current in ${arns.database}`,
      ]);
    });

    it("costs the service no request, although all of its connections break while it runs", async () => {
      const failures = await failuresDuring(async (traffic) => {
        const closed: Promise<unknown>[] = [];
        await rotate(logTo(() => closed.push(closeSessions())));
        await Promise.all(closed);
        await traffic.answered(300);
      });
      assert.deepEqual(failures, []);
    });

    it("begins its age anew in the service, as soon as that has to log in again", async () => {
      const service = await startService(environment);
      mock.timers.enable({ apis: ["Date"], now: Date.now() });
      try {
        mock.timers.tick(3_600_000);
        const before = service.credentials.ageSeconds ?? 0;
        await rotate();
        const meanwhile = service.credentials.ageSeconds;
        await closeSessions();
        await service.request("GET /v1/users");
        mock.timers.tick(60_000);

        // A while passes until the service has begun.
        assert.ok(before >= 3_600 && before < 3_660, String(before));
        assert.deepEqual([meanwhile, service.credentials.ageSeconds], [before, 60]);
      } finally {
        mock.timers.reset();
        await service.stop();
      }
    });

    it("would cost requests, were the login not read again: the load of these tests sees it", async () => {
      const read = (SecretId: string) => environment.secrets.call<object>("secretsmanager.GetSecretValue", { SecretId }, "test");
      const login = await read(arns.database);
      const stale = await startAwsJson({
        "secretsmanager.GetSecretValue": async ({ SecretId }: { SecretId: string }) =>
          SecretId === arns.database ? login : await read(SecretId),
      });
      // A client of Secrets Manager looks for its endpoint once.
      await secrets.requireExists(arns.database);
      process.env["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = stale.url;
      const failures = await failuresDuring(async (traffic) => {
        await rotate();
        await closeSessions();
        await traffic.answered(6);
      }).finally(() => stale.stop());
      assert.match(failures[0] ?? "", /503 database-unavailable$/);
    });

    const steps = ["the next password is at AWSPENDING", "password of role accounts_service set", "the next password is current"];
    for (const [index, step] of steps.entries()) {
      it(`that stops after "${step}" leaves a service that goes on, and is finished by the next run`, async () => {
        const failures = await failuresDuring(async (traffic) => {
          await assert.rejects(rotate(logTo((line) => {
            assert.ok(!line.startsWith(step), "stopped here");
          })), /stopped here/);
          await closeSessions();
          await traffic.answered(50);

          const pending = await credentialsAt("AWSPENDING");
          await rotate();
          await closeSessions();
          await traffic.answered(50);
          // The last step leaves nothing to take up: the next run is another rotation.
          assert.equal((await credentialsAt()).password === pending.password, index < 2);
        });
        assert.deepEqual(failures, []);
        assert.ok(await canLogIn(await credentialsAt()));
        assert.equal((await stageOf("AWSPENDING")).VersionId, (await stageOf("AWSCURRENT")).VersionId);
      });
    }

    it("that stopped with the next password in the database keeps no service from starting, no migration, and no next run", async () => {
      await assert.rejects(rotate(logTo((line) => {
        assert.ok(!line.startsWith("password of role"), "stopped here");
      })), /stopped here/);
      for (const run of [() => environment.migrate(), () => rotate()]) {
        const failures = await failuresDuring(async (traffic) => {
          await run();
          await closeSessions();
          await traffic.answered(50);
        });
        assert.deepEqual(failures, []);
        await environment.query("DELETE FROM users");
      }
      assert.ok(await canLogIn(await credentialsAt()));
    });

    it("may be started several times at once: one waits for the other, and one password works in the end", async () => {
      const lines: string[] = [];
      const log = logTo((line) => lines.push(line));
      await Promise.all([rotate(log), rotate(log), environment.migrate({ log })]);

      assert.equal(lines.filter((line) => line === "another migration or rotation is running, waiting for it").length, 2);
      assert.ok(await canLogIn(await credentialsAt()));
    });

    it("takes a move of the stage for done when only its answer was lost", async () => {
      let answersToLose = 1;
      const lossy = await startAwsJson(Object.fromEntries(
        ["GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"].map((name) => [`secretsmanager.${name}`,
          async (input: object, caller: string) => {
            const output = await environment.secrets.call(`secretsmanager.${name}`, input, caller);
            if (name === "UpdateSecretVersionStage" && answersToLose > 0) {
              answersToLose -= 1;
              throw new AwsError("InternalServiceError", "the answer was lost", {}, 500);
            }
            return output;
          }])));
      process.env["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = lossy.url;
      const overLossy = new Secrets("eu-west-1");
      await rotate(silent, overLossy).finally(() => lossy.stop());
      overLossy.close();

      assert.equal(answersToLose, 0);
      assert.ok(await canLogIn(await credentialsAt()));
    });

    it("leaves the login as it is when the database does not take the next one", async () => {
      await environment.queryAsSuperuser("ALTER ROLE accounts_service VALID UNTIL '2000-01-01'");
      const before = (await stageOf("AWSCURRENT")).VersionId;
      await assert.rejects(rotate(), {
        message: "the database refuses the role accounts_service, although its password was just set",
      });
      assert.equal((await stageOf("AWSCURRENT")).VersionId, before);
    });

    it("refuses a pending login that would make it change another role's password", async () => {
      await environment.putSecret(arns.database, { username: "accounts_admin", password: "x" }, ["AWSPENDING"]);
      await assert.rejects(rotate(), {
        message: `the secret ${arns.database} must have the username "accounts_service", got "accounts_admin"`,
      });
    });
  });

  describe("of an API key", () => {
    const read = async () => (await environment.readSecret<KeysOf>(arns.apiKeys)).clients;
    const rotate = (client = "writer", log = silent, used = secrets) => rotateApiKey(used, arns.apiKeys, client, log);

    it("costs no request: the old key stays valid, and the new one counts as soon as it can be read", async () => {
      const failures = await failuresDuring(async (traffic, url, users) => {
        await rotate();
        const { current } = (await read())["writer"]!;
        assert.notEqual(current, keys.writer);
        const withNext = new Traffic(url, users, clients, current);
        await Promise.all([withNext.answered(150), traffic.answered(150)]);
        assert.deepEqual((await withNext.stop()).failures, []);
      });
      assert.deepEqual(failures, []);
    });

    it("is refused while the key before the current one is still valid, since that may be the one in use", async () => {
      await startService(environment).then((service) => service.stop());
      await rotate();
      const between = await read();
      await assert.rejects(rotate(), {
        message: "the client \"writer\" still has a previous key, which another rotation would take from it; once the client"
          + " uses the current one, run `rotate.mjs api-key writer --drop-previous`",
      });
      assert.deepEqual(await read(), between);

      await dropPreviousKey(secrets, arns.apiKeys, "writer", silent);
      assert.deepEqual(await read(), { ...between, writer: { ...between["writer"], previous: null } });
      await assert.rejects(dropPreviousKey(secrets, arns.apiKeys, "writer", silent), /"writer" has no previous key/);
      await rotate();
      assert.equal((await read())["writer"]!.previous, between["writer"]!.current);
    });

    it("takes the previous key away from a service that runs, and from nobody else", async () => {
      await startService(environment).then((service) => service.stop());
      await rotate();
      await dropPreviousKey(secrets, arns.apiKeys, "writer", silent);
      const clients = await read();
      const service = await startService(environment);
      await environment.putSecret(arns.apiKeys, { clients });
      await service.request("GET /v1/users", { key: clients["writer"]!.current });

      const statuses = await Promise.all([clients["writer"]!.current, keys.reader, keys.writer].map(async (key) =>
        (await service.request("GET /v1/users", { key })).statusCode));
      await service.stop();
      assert.deepEqual(statuses, [200, 200, 401]);
    });

    it("leaves the secret to somebody who changed it in the meantime", async () => {
      const byHand = { clients: { default: { scopes: ["read"], current: "k".repeat(43), previous: null } } };
      class Interrupted extends Secrets {
        override async stage(arn: string, value: object): Promise<string> {
          const id = await super.stage(arn, value);
          await environment.putSecret(arns.apiKeys, byHand);
          return id;
        }
      }
      const interrupted = new Interrupted("eu-west-1");
      await assert.rejects(rotate("default", silent, interrupted), /was changed by somebody else in the meantime/);
      interrupted.close();
      assert.deepEqual({ clients: await read() }, byHand);
    });

    it("names the clients there are, when it is asked for another", async () => {
      for (const client of ["nobody", "toString"]) {
        await assert.rejects(rotate(client), {
          message: `the secret ${arns.apiKeys} has no client "${client}"; its clients are: default, smoke`,
        });
      }
    });

    it("says where the key is, and never the key", async () => {
      const lines: string[] = [];
      const log = createLog("test", "trace", { write: (line) => void lines.push(line) });
      await rotate("default", log);
      const { current, previous } = (await read())["default"]!;
      await dropPreviousKey(secrets, arns.apiKeys, "default", log);

      assert.match(lines[0] ?? "", /`clients\.default\.current` in arn:aws:secretsmanager/);
      assert.ok([current, String(previous)].every((key) => !lines.join("").includes(key)));
    });
  });

  describe("as a program", () => {
    let build: Build;

    before(async () => {
      build = await buildService();
    });
    after(() => build.remove());

    const run = (...args: string[]) => new Program(build, ["rotate.mjs", ...args], environment.variables);

    it("ends with 0 after it changed the password, and so it does with a key", async () => {
      const before = await Promise.all([environment.readSecret(arns.database), environment.readSecret(arns.apiKeys)]);
      for (const args of [[], ["api-key", "default"], ["api-key", "default", "--drop-previous"]]) {
        const program = run(...args);
        assert.equal(await program.ended, 0);
        await program.logged("rotation finished");
      }
      assert.notDeepEqual(await environment.readSecret(arns.database), before[0]);
      assert.notDeepEqual(await environment.readSecret(arns.apiKeys), before[1]);
    });

    for (const args of [["database"], ["api-key"], ["api-key", "a", "b"], ["--drop-previous"], ["api-key", "a", "--force"]]) {
      it(`refuses \`rotate.mjs ${args.join(" ")}\`, which could be meant otherwise, and changes nothing`, async () => {
        const before = environment.secrets.calls.length;
        const program = run(...args);
        assert.equal(await program.ended, 1);
        await program.logged(args.includes("--force") ? "Unknown option '--force'" : "rotate.mjs takes no argument for");
        assert.equal(environment.secrets.calls.length, before);
      });
    }

    for (const step of ["at AWSPENDING", "password of role accounts_service set"]) {
      it(`is finished by the next run when it is killed after "${step}"`, async () => {
        const killed = run();
        await killed.logged(step);
        killed.signal("SIGKILL");
        await killed.ended;
        assert.equal(await run().ended, 0);
        await environment.query("SELECT", await environment.readSecret<Credentials>(arns.database));
      });
    }

    it("ends at once on SIGTERM with one line, also while it waits for another run", async () => {
      const other = await environment.connect();
      await other.query("SELECT pg_advisory_lock(4021967105)");
      const waiting = run();
      await waiting.logged("another migration or rotation is running");
      waiting.signal("SIGTERM");

      assert.equal(await waiting.ended, 1);
      await waiting.logged("rotation stopped by SIGTERM: what it had begun is undone or finished by the next run");
      await other.end();
      assert.equal(await run().ended, 0);
    });
  });
});
