import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { Client } from "pg";

import { dev } from "../../../environments/dev";
import { taskIdOf } from "../../../offline/stand-ins/ecs-shapes";
import { differences } from "../../../offline/twin/differences";
import { notRehearsed } from "../../../offline/twin/rehearsed";
import { Stops } from "../../../offline/twin/stops";
import { startTwin, type Twin } from "../../../offline/twin/twin";
import { walk } from "../../../offline/twin/walk";

describe("the twin of dev", function () {
  let twin: Twin;
  const directory = mkdtempSync(join(tmpdir(), "twin-"));
  // Open to PostgreSQL, which runs as another user where the tests run as root.
  chmodSync(directory, 0o755);
  const stops = new Stops();
  const environment = { ...process.env };

  before(async () => {
    twin = await startTwin({ stack: "dev", directory, fresh: true, port: 0, onProgress: () => undefined }, stops);
  });

  after(async () => {
    await stops.run();
    rmSync(directory, { recursive: true, force: true });
    process.env = environment;
  });

  it("proves every step of the data flow", async () => {
    const steps = await walk(twin);
    assert.deepEqual(steps.filter(({ ok }) => !ok), []);
    assert.deepEqual(steps.map(({ title }) => title.split(" ")[0]), ["1", "2", "3", "4", "5", "clean-up"]);
  });

  it("runs as many tasks as the settings say, all found healthy on the settings' path", () => {
    assert.equal(twin.service.tasks.length, dev.service.minTasks);
    assert.deepEqual(twin.balancer.targets.map(({ state }) => state), Array(dev.service.minTasks).fill("healthy"));
    assert.equal(twin.parts.balancer.healthCheck.path, dev.loadBalancer.healthCheck.path);
  });

  it("tells a task what the plan says, and nothing else but the closed list of differences", function () {
    const [task] = twin.service.tasks;
    const told = environmentOfTask(twin, task!);
    if (told === undefined) {
      console.log("SKIPPED: without /proc a process's environment cannot be read on this system");
      return this.skip();
    }
    const planned = plannedEnvironment(twin);
    const names = new Set([...Object.keys(told), ...Object.keys(planned)]);
    const otherwise = [...names].filter((name) => told[name] !== planned[name]);
    assert.deepEqual(otherwise.toSorted(), differences.map(({ variable }) => variable).toSorted());
    const id = taskIdOf(task!);
    assert.deepEqual(Object.fromEntries(otherwise.map((name) => [name, told[name]])), {
      HOST: "127.0.0.1",
      PORT: String(twin.balancer.targets.find((target) => target.id === id)?.port),
      TRUSTED_PROXY_CIDR: "127.0.0.0/8",
      DATABASE_CA_FILE: twin.postgres.caFile,
      DRAIN_SECONDS: "0",
      PATH: dirname(process.execPath),
      AWS_ENDPOINT_URL_SECRETS_MANAGER: twin.secrets.url,
      AWS_ACCESS_KEY_ID: id,
      AWS_SECRET_ACCESS_KEY: "of-the-twin",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    });
  });

  it("refuses connections to the database without TLS, as the plan's parameter group does", async () => {
    const client = new Client(superuserOf(twin));
    await assert.rejects(client.connect(), /no pg_hba.conf entry|SSL/);
  });

  it("knows only the secrets of the plan", async () => {
    await assert.rejects(
      twin.secrets.call("secretsmanager.GetSecretValue", { SecretId: "accounts/prod/service/api-keys" }, "nobody"),
      { name: "ResourceNotFoundException" });
  });

  it("lists what it does not rehearse: every type of the plan it has no part for", () => {
    const { types } = notRehearsed(twin.plan);
    assert.ok(types.includes("awsx.ec2.Vpc (1)"), types.join());
    assert.ok(types.includes("aws.kms.Key (1)"));
    assert.ok(!types.some((type) => type.startsWith("aws.rds.Instance")));
  });

  // From here on the twin is broken, step by step, from the last step to the first.
  const failure = async (title: RegExp, evidence: RegExp) => {
    const steps = await walk(twin);
    const failed = steps.find(({ ok }) => !ok);
    assert.match(failed?.title ?? "all steps passed", title);
    assert.match(failed?.evidence ?? "", evidence);
    const after = steps.slice(steps.indexOf(failed!) + 1).filter(({ title }) => title !== "clean-up");
    assert.ok(after.every((step) => step.evidence === "not reached"));
    assert.ok(steps.every(({ title, ok }) => title !== "clean-up" || ok));
  };

  it("fails step 5 by name when no other task answers", async () => {
    for (const { id } of twin.balancer.targets.slice(1)) {
      await twin.balancer.deregister(id);
    }
    await failure(/^5 /, /no other task than .* the stack needs two/);
  });

  it("fails step 4 by name when the endpoint was not asked by the task", async () => {
    (twin.secrets.calls as unknown[]).length = 0;
    await failure(/^4 /, /did not ask for arn:aws:secretsmanager/);
  });

  it("fails step 3 by name when the service's role may do more than it needs", async () => {
    const client = new Client({ ...superuserOf(twin), ssl: { ca: readFileSync(twin.postgres.caFile, "utf8") } });
    await client.connect();
    await client.query("alter role accounts_service createdb");
    await client.end();
    await failure(/^3 /, /gives role accounts_service more than it needs/);
  });

  it("fails step 2 by name when no task is behind the load balancer", async () => {
    await twin.balancer.deregister(twin.balancer.targets[0]!.id);
    await failure(/^2 /, /GET \/health\/ready answers 503 by the load balancer itself/);
  });

  it("fails step 1 by name when the load balancer is gone", async () => {
    await twin.balancer.stop();
    await failure(/^1 /, /got no answer: connect ECONNREFUSED/);
  });
});

function superuserOf({ postgres, parts }: Twin) {
  const { host, port, superuser: { username, password } } = postgres;
  return { host, port, user: username, password, database: parts.database.database };
}

/** What the process itself sees; undefined where the system does not show it. */
function environmentOfTask(twin: Twin, task: Twin["service"]["tasks"][number]): Record<string, string> | undefined {
  const [pid] = twin.ecs.pidsOf(task.taskArn);
  if (!existsSync(`/proc/${pid}/environ`)) {
    return undefined;
  }
  const lines = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter((line) => line !== "");
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

function plannedEnvironment({ parts }: Twin): Record<string, string> {
  const { environment = [], secrets = [] } = parts.service.container;
  return Object.fromEntries([
    ...environment.map(({ name, value }) => [name, value]),
    ...secrets.map(({ name, valueFrom }) => [name, parts.parameters.find(({ arn }) => arn === valueFrom)!.value]),
  ]);
}
