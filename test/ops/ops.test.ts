import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

import { callsOf, installFakePulumi } from "../delivery/fake-pulumi";
import { npmRun, type Ended } from "../delivery/shell";
import { ExampleProject } from "../example/project";
import {
  definitionArn, digest, image, instance, outputs, startOpsAccount, target, type OpsAccount, type OpsAccountArgs,
} from "./account";

describe("npm run ops", function () {
  this.timeout(120_000);
  let project: ExampleProject;
  let folder: string;
  let cli: string;
  let account: OpsAccount | undefined;

  before(() => {
    project = new ExampleProject();
  });

  after(() => project.remove());

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ops-"));
    cli = join(folder, "pulumi");
    installFakePulumi(cli, { outputs });
  });

  afterEach(async () => {
    await account?.stop();
    account = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (args?: OpsAccountArgs): Promise<OpsAccount> => {
    account = await startOpsAccount(args);
    return account;
  };
  const ops = (...words: string[]): Promise<Ended> => npmRun("ops", words, {
    folder: project.folder, env: { ...account?.env, PATH: [folder, process.env.PATH].join(delimiter) },
  });
  const success = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await ops(...words);
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  };
  const refusal = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await ops(...words);
    assert.equal(code, 1, stdout + stderr);
    return stderr.trim();
  };

  it("refuses what it does not understand in one line, before it asks AWS for anything", async () => {
    assert.equal(await refusal("dev", "restart"), 'there is no command "restart": npm run ops -- <stack> '
      + "status | logs | run | rotate | rollback | scale | restore [--dry-run]");
  });

  it("refuses a flag that npm kept for itself, without which it would do what was only to be told", async () => {
    const { code, stderr } = await npmRun("ops", ["dev", "scale", "3", "5", "--now"], { env: { npm_config_dry_run: "true" } });

    assert.equal(code, 1);
    assert.match(stderr, /^npm kept --dry-run for itself, two dashes hand it on: npm run ops/);
  });

  it("says how to go on where there are no credentials", async () => {
    const { code, stderr } = await npmRun("ops", ["dev", "status"], { env: { AWS_EC2_METADATA_DISABLED: "true", HOME: folder } });

    assert.equal(code, 1);
    assert.match(stderr, /^there are no AWS credentials \(.+\): log in to the stack's account, until .+ names it$/m);
  });

  it("refuses credentials of another account before anything else", async () => {
    const { ecs } = await open({ caller: "210987654321" });

    for (const words of [["status"], ["scale", "3", "5", "--now"], ["rollback", "previous", "--yes"], ["rotate"]]) {
      assert.equal(await refusal("dev", ...words), "the AWS credentials are of account 210987654321, "
        + "but the stack belongs to 123456789012: log in to that account");
    }
    assert.deepEqual([ecs.calls, callsOf(cli)], [[], []]);
  });

  describe("status", () => {
    it("shows what runs, where, and that all is well", async () => {
      await open();
      const said = await success("dev", "status");

      for (const line of [
        /^accounts-dev in eu-west-1, account 123456789012, at 20\d\d-/m,
        /^ {2}runs +accounts-dev-service:2 +\d{12}\.dkr\.ecr\.eu-west-1\.amazonaws\.com\/accounts@sha256:b{64}$/m,
        /^ {2}meant +the same$/m,
        /^ {2}http:\/\/127\.0\.0\.1:\d+ +version 1\.0\.0 +built from commit c{7}$/m,
        /^Last deployment by the record\n {2}there is none$/m,
        /^ {2}PRIMARY +COMPLETED +accounts-dev-service:2 +2 of 2 run, 0 failed +since 2026-01-30 19:06:40Z$/m,
        /^ {2}eu-west-1a +[0-9a-f]{8} +RUNNING +accounts-dev-service:2 +since 20/m,
        /^ {2}eu-west-1b +[0-9a-f]{8} +RUNNING/m,
        /^ {2}10\.10\.1\.5:8080 +eu-west-1a +healthy$/m,
        /^ {2}accounts-dev-1 +available +PostgreSQL 18\.1 +db\.\S+ +eu-west-1a +can be restored to 2026-01-31 12:/m,
        /^ {2}brought the schema up to date +2026-01-31 09:30:00Z +for .*@sha256:b{64}$/m,
        /^ {2}none rings$/m,
        /^All of this is as it should be\.$/m,
      ]) {
        assert.match(said, line);
      }
    });

    it("says what is not as it should be", async () => {
      const taskDefinition = definitionArn("accounts-dev-service", 1);
      await open({
        service: {
          taskDefinition, runningCount: 1,
          deployments: [
            { status: "PRIMARY", rolloutState: "COMPLETED", taskDefinition, runningCount: 1, desiredCount: 2 },
            {
              status: "INACTIVE", rolloutState: "FAILED", rolloutStateReason: "tasks failed to start",
              taskDefinition: definitionArn("accounts-dev-service", 2), failedTasks: 3,
            },
          ],
          events: [{ createdAt: 1_769_800_000, message: "(service accounts-dev) rolling back" }],
        },
        targets: [target("10.10.1.5", "a", "unhealthy", "Health checks failed with these codes: [503]")],
        rds: { instances: [instance(1, { DBInstanceStatus: "storage-full" }), { ...instance(1), DBInstanceIdentifier: "accounts-dev-2-1" }] },
        alarms: [
          { AlarmName: "accounts-dev-error-rate-1a2b3c", StateValue: "ALARM", AlarmDescription: "Requests fail", StateTransitionedTimestamp: 1_769_800_000 },
          { AlarmName: "accounts-dev-quiet-1a2b3c", StateValue: "OK", AlarmDescription: "", StateTransitionedTimestamp: 0 },
          { AlarmName: "accounts-prod-error-rate-1a2b3c", StateValue: "ALARM", AlarmDescription: "", StateTransitionedTimestamp: 0 },
        ],
      });
      const said = await success("dev", "status");

      assert.match(said, /^ {2}2026-01-30 19:06:40Z \(service accounts-dev\) rolling back$/m);
      assert.equal(said.slice(said.indexOf("Not as it should be")), [
        "Not as it should be",
        "  accounts-dev-service:1 runs, but accounts-dev-service:2 was deployed last: it is on its way, or was taken back",
        "  1 tasks run, but 2 are wanted",
        "  the deployment of accounts-dev-service:2 failed: tasks failed to start",
        "  target 10.10.1.5:8080 is unhealthy: Target.FailedHealthChecks: Health checks failed with these codes: [503]",
        "  no target is healthy: the load balancer answers 503",
        "  accounts-dev-1 is storage-full",
        "  the alarm accounts-dev-error-rate-1a2b3c rings",
        "",
      ].join("\n"));
    });

    it("says that several versions answer, or that none does", async () => {
      const versions = [{ version: "1.0.0", commit: "a".repeat(40) }, { version: "1.0.0", commit: "b".repeat(40) }];
      await open({ versions });
      const said = await success("dev", "status");
      for (const letter of ["a", "b"]) {
        assert.match(said, new RegExp(`^ {2}http:\\S+ +version 1\\.0\\.0 +built from commit ${letter}{7}$`, "m"));
      }
      assert.match(said, /^ {2}http:\S+ answers with several versions: a deployment is under way, or hangs$/m);
      await account?.stop();

      await open({ versions: [] });
      assert.match(await success("dev", "status"),
        /^ {2}What answers cannot be read: http:\S+: GET \/version is answered 503, but should be 200$/m);
    });

    it("shows the rest when a part cannot be read", async () => {
      const { rds } = await open();
      await rds.stop();
      const said = await success("dev", "status");

      assert.match(said, /^ {2}Database cannot be read: .*ECONNREFUSED/m);
      assert.match(said, /^ {2}none rings$/m);
      assert.match(said, /^Not as it should be\n {2}Database cannot be read/m);
    });

    it("with --dry-run tells its calls, too", async () => {
      await open();

      const said = await success("dev", "status", "--dry-run");
      assert.match(said, /^asks STS\.GetCallerIdentity \{\}\n(asks [A-Za-z0-9]+\.[A-Za-z]+ \{.*\}\n)+/);
      assert.match(said, /^asks GET http:\S+\/version, over 6 connections$/m);
    });
  });

  describe("logs", () => {
    const write = ({ logs }: OpsAccount): void => {
      logs.createStream("/accounts/dev/service", "service/service/3f2a91bc00");
      const lines = [
        { level: "info", time: "2026-01-31T09:30:00.123Z", service: "accounts-service", version: "1.0.0", reqId: "1-a", status: 200, msg: "request" },
        { _aws: {}, Requests: 3 },
        { level: "error", time: "2026-01-31T09:30:01.000Z", reqId: "1-b", err: { message: "boom", stack: "Error: boom\n    at a.ts:1" }, msg: "failed" },
      ];
      lines.forEach((line) => logs.append("/accounts/dev/service", "service/service/3f2a91bc00", JSON.stringify(line)));
      logs.append("/accounts/dev/service", "service/service/3f2a91bc00", "node: out of memory");
    };

    it("shows lines for a person: no metrics, errors with their stack, and what is no JSON as it is", async () => {
      write(await open());
      const [first, second, third, fourth, last] = (await success("dev", "logs")).split("\n");

      assert.equal(first, "09:30:00.123 INFO  3f2a91bc request status=200 1-a");
      assert.equal(second, "09:30:01.000 ERROR 3f2a91bc failed 1-b");
      assert.deepEqual([third, fourth], ["    Error: boom", "    at a.ts:1"]);
      assert.match(last ?? "", /^\d\d:\d\d:\d\d\.\d{3} +3f2a91bc node: out of memory$/);
    });

    it("lets CloudWatch find a level, or a request", async () => {
      const opened = await open();
      write(opened);

      assert.match(await success("dev", "logs", "--level", "warn"), /^09:30:01\.000 ERROR .*\n {4}Error: boom\n {4}at a\.ts:1\n$/);
      assert.match(await success("dev", "logs", "--request", "1-a"), /^09:30:00\.123 INFO .* 1-a\n$/);
      assert.equal(await success("dev", "logs", "--request", "1-a", "--level", "error"), "");
      const patterns = opened.logs.calls.map(({ input }) => input["filterPattern"]);
      assert.deepEqual(patterns, [
        '{ (($.level = "warn") || ($.level = "error") || ($.level = "fatal")) }',
        '{ ($.reqId = "1-a") }',
        '{ (($.level = "error") || ($.level = "fatal")) && ($.reqId = "1-a") }',
      ]);
    });

    it("--follow goes on with what comes, each line once, until it is stopped", async () => {
      const { env, logs } = await open();
      const stream = "service/service/3f2a91bc00";
      logs.createStream("/accounts/dev/service", stream);
      const write = (msg: string) => logs.append("/accounts/dev/service", stream,
        JSON.stringify({ level: "info", time: "2026-01-31T09:30:00.123Z", msg }));
      write("before");
      const words = ["--require", "./offline/prelude.cjs", "--import", "tsx", "ops/main.ts", "dev", "logs", "--follow"];
      const child = spawn(process.execPath, words, {
        cwd: project.folder, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = once(child, "close");
      const said: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        said.push(line.split(" ").at(-1) ?? "");
        // Each is written when the one before it was shown, so that the first is looked at three times.
        const next = { before: "second", second: "third", third: undefined }[said.at(-1) ?? ""];
        if (next === undefined) {
          child.kill("SIGINT");
        } else {
          write(next);
        }
      }

      assert.deepEqual(said, ["before", "second", "third"]);
      assert.deepEqual(await ended, [null, "SIGINT"]);
    });

    it("says that there is no such group, where the stack is not up", async () => {
      await open();

      assert.match(await refusal("prod", "logs"), /ResourceNotFoundException: The specified log group does not exist/);
    });
  });

  describe("run and rotate", () => {
    const program = "console.log(JSON.stringify({ level: 'info', time: '2026-01-31T09:30:00.000Z', "
      + "msg: 'ran ' + process.argv.slice(1).join(' ') }))";

    const commands: [words: string[], command: string[]][] = [
      [["run", "migrate"], ["migrate.mjs"]],
      [["rotate"], ["rotate.mjs"]],
      [["rotate", "api-key", "shop"], ["rotate.mjs", "api-key", "shop"]],
      [["run", "rotate", "api-key", "shop", "--drop-previous"], ["rotate.mjs", "api-key", "shop", "--drop-previous"]],
    ];
    for (const [words, command] of commands) {
      it(`${words.join(" ")} runs the one-off task with \`${command.join(" ")}\`, waits, and shows what it said`, async () => {
        const { ecs } = await open({ program });
        const said = await success("dev", ...words);

        assert.match(said, /^starts a task$/m);
        assert.match(said, new RegExp(`^09:30:00\\.000 INFO  [0-9a-f]{8} ran ${command.join(" ")}$`, "m"));
        const [{ input } = assert.fail()] = ecs.calls.filter(({ operation }) => operation.endsWith(".RunTask"));
        assert.deepEqual(input["overrides"], { containerOverrides: [{ name: "migration", command }] });
        assert.deepEqual(input["networkConfiguration"], {
          awsvpcConfiguration: { subnets: ["subnet-a", "subnet-b"], securityGroups: ["sg-migration"], assignPublicIp: "DISABLED" },
        });
        assert.ok(String(input["startedBy"]).length <= 36, String(input["startedBy"]));
      });
    }

    it("fails with the task's own words", async () => {
      await open({ program: "console.log('the secret has no client \"shop\"'); process.exitCode = 1" });

      assert.match(await refusal("dev", "rotate", "api-key", "shop"),
        /^task [0-9a-f]+ ended with exit code 1 .*\nlast lines of .*\n {2}the secret has no client "shop"$/);
    });

    it("with --dry-run tells what it would run, and runs nothing", async () => {
      const { changes } = await open();
      const said = await success("dev", "rotate", "--dry-run");

      assert.match(said, /^would send ECS\.RunTask \{.*"command":\["rotate\.mjs"\].*\}, wait for its end/m);
      assert.deepEqual(changes(), []);
    });
  });

  describe("scale", () => {
    it("--now changes the bounds at once, loudly for the time being", async () => {
      const { scalableTarget } = await open();
      const said = await success("dev", "scale", "3", "5", "--now");

      assert.deepEqual([scalableTarget.MinCapacity, scalableTarget.MaxCapacity], [3, 5]);
      assert.match(said, /2 to 4 tasks before, 3 to 5 now\.\nTHIS IS FOR THE TIME BEING/);
      assert.match(said, /npm run ops -- dev scale 2 4 --now$/m);
    });

    it("--now with --dry-run sends nothing", async () => {
      const { changes } = await open();

      assert.match(await success("dev", "scale", "3", "5", "--now", "--dry-run"),
        /^would send ApplicationAutoScaling\.RegisterScalableTarget \{.*"MinCapacity":3,"MaxCapacity":5\}$/m);
      assert.deepEqual(changes(), []);
    });

    it("refuses what the rules of the settings refuse", async () => {
      const { changes } = await open();

      assert.match(await refusal("dev", "scale", "1", "6", "--now"), /service\.minTasks is 1, but must be 2 to 1000/);
      assert.match(await refusal("dev", "scale", "2", "900", "--yes"), /maxConnections/);
      assert.deepEqual(changes(), []);
    });

    it("without --now changes the settings, and keeps the image that a pipeline gave", async () => {
      await open();
      const said = await success("dev", "scale", "3", "5", "--dry-run");

      const shown = ["environments/dev.ts:", "  - minTasks: 2,", "  - maxTasks: 4,", "  + minTasks: 3,", "  + maxTasks: 5,"];
      assert.ok(said.includes(shown.join("\n")), said);
      assert.ok(said.endsWith("would write environments/dev.ts\n"
        + `would run pulumi up --stack dev --config accounts:image=${image("b")} --yes\n`), said);
      assert.deepEqual(callsOf(cli), []);
    });
  });

  describe("rollback", () => {
    it("lists what there is to go back to", async () => {
      await open();

      assert.deepEqual((await success("dev", "rollback")).trimEnd().split("\n"), [
        "  sha256:cccccccccccc  pushed 2026-01-30 21:06:40Z  src-c",
        "  sha256:bbbbbbbbbbbb  pushed 2026-01-30 20:06:40Z  src-b  runs now",
        "  sha256:aaaaaaaaaaaa  pushed 2026-01-30 19:06:40Z  src-a",
      ]);
    });

    for (const wanted of ["previous", "aaaaaaaa", digest("a")]) {
      it(`to ${wanted.slice(0, 20)} sets accounts:image and runs pulumi up`, async () => {
        await open({ images: [image("c"), image("a"), image("b"), image("b")] });
        const said = await success("dev", "rollback", wanted, "--dry-run");

        assert.match(said, new RegExp(`^Pulumi\\.dev\\.yaml:\n {2}\\+ accounts:image: ${image("a")}$`, "m"));
        assert.match(said, /^The schema stays as it is: .* an older release works on a newer schema/m);
        assert.ok(said.endsWith("would write Pulumi.dev.yaml\nwould run pulumi up --stack dev --yes\n"), said);
      });
    }

    it("refuses a digest that is not there, and what runs already", async () => {
      await open({ images: [image("d"), image("b")] });

      assert.match(await refusal("dev", "rollback", "dddddddd"), /^0 images have a digest that begins with sha256:dddddddd/);
      assert.match(await refusal("dev", "rollback", "previous"), /^sha256:d{64} ran before, but .* holds it no longer/);
      assert.equal(await refusal("dev", "rollback", "bbbbbbbb"), `${digest("b")} is what runs`);
      assert.match(await refusal("dev", "rollback", "latest"), /^"latest" is no digest, but must be `previous` or 8 to 64 hex/);
    });

    it("says what to do instead in a stack that builds its image", async () => {
      const own = `123456789012.dkr.ecr.eu-west-1.amazonaws.com/accounts-dev-image-1a2b3c@${digest("b")}`;
      await open({ images: [own] });

      assert.match(await refusal("dev", "rollback", "previous"), /builds its image itself .* `git revert <commit>`, then `pulumi up`$/);
    });
  });

  describe("restore", () => {
    it("begins with the next generation beside the one that serves", async () => {
      await open();
      const said = await success("dev", "restore", "time:2026-01-31T09:30:00Z", "--dry-run");

      assert.match(said, new RegExp([
        "^Pulumi\\.dev\\.yaml:",
        "  \\+ accounts:databaseGeneration: 2",
        '  \\+ accounts:databaseKept: "1"',
        "  \\+ accounts:databaseRestore: time:2026-01-31T09:30:00Z",
        "",
        "RDS makes accounts-dev-2 of what accounts-dev-1 was at 2026-01-31 09:30:00Z; nothing is overwritten",
      ].join("\n"), "m"));
    });

    it("uses no number twice, also not that of an instance of which only a snapshot is left", async () => {
      const final = { DBSnapshotIdentifier: "accounts-dev-4-final", DBInstanceIdentifier: "accounts-dev-4" };
      await open({ rds: { snapshots: [final] } });

      assert.match(await success("dev", "restore", "time:latest", "--dry-run"), /\+ accounts:databaseGeneration: 5$/m);
    });

    it("refuses a moment that the backups do not reach", async () => {
      await open();

      assert.match(await refusal("dev", "restore", "time:2026-01-01T00:00:00Z"),
        /^the moment 2026-01-01T00:00:00Z is not in the backups of accounts-dev-1, which reach from 2026-01-24 /);
    });

    const snapshots = [
      { DBSnapshotIdentifier: "good", Status: "available", KmsKeyId: instance(1)["KmsKeyId"], SnapshotCreateTime: new Date(0) },
      { DBSnapshotIdentifier: "foreign", Status: "available", KmsKeyId: "arn:aws:kms:eu-west-1:123456789012:key/other" },
      { DBSnapshotIdentifier: "new", Status: "creating", KmsKeyId: instance(1)["KmsKeyId"] },
    ];
    it("takes a snapshot that is there, whole, and under the stack's key", async () => {
      await open({ rds: { snapshots } });

      assert.match(await success("dev", "restore", "snapshot:good", "--dry-run"), /of the snapshot good of 1970-01-01 00:00:00Z/);
      assert.match(await refusal("dev", "restore", "snapshot:gone"), /^RDS has no snapshot gone in eu-west-1$/);
      assert.match(await refusal("dev", "restore", "snapshot:new"), /^the snapshot new is creating, but must be available$/);
      assert.match(await refusal("dev", "restore", "snapshot:foreign"), /must be with the stack's own key: copy it first, `aws rds copy-db/);
    });

    it("has nothing to finish or to go back to, where no restore is under way", async () => {
      await open();

      assert.equal(await refusal("dev", "restore", "finish"),
        "there is nothing to finish: generation 1 serves, and no other is kept");
      assert.match(await refusal("dev", "restore", "back"), /^there is no way back: generation 1 serves/);
    });
  });

  it("changes nothing unless the stack's name is typed", async () => {
    await open();
    const before = project.read("Pulumi.dev.yaml");
    for (const typed of ["prod", ""]) {
      const { code, stdout, stderr } = await npmRun("ops", ["dev", "rollback", "previous"], {
        folder: project.folder, env: { ...account?.env, PATH: [folder, process.env.PATH].join(delimiter) }, input: typed && `${typed}\n`,
      });

      assert.equal(code, 1);
      assert.match(stdout, /^Type the stack's name to go on \(dev\): /m);
      assert.equal(stderr, `"${typed}" is not dev: nothing was changed\n`);
    }
    assert.deepEqual(callsOf(cli), []);
    assert.equal(project.read("Pulumi.dev.yaml"), before);
  });

  it("leaves the files alone in all of this", () => {
    assert.doesNotMatch(project.read("Pulumi.dev.yaml"), /image|databaseGeneration/);
  });
});
