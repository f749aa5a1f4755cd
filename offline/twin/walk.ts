import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { Client } from "pg";

import type { Answer } from "../../delivery/smoke/client";
import type { Round } from "../../delivery/smoke/round";
import { smoke, type StepResult, type Witness } from "../../delivery/smoke/walk";
import type { AccessRecord } from "../stand-ins/load-balancer";
import { apiKey } from "./api-key";
import type { Twin } from "./twin";

/** The smoke test of a running twin, where each step is proven by the record of the part on the other side as well. */
export async function walk(twin: Twin): Promise<StepResult[]> {
  const witnesses = [balancerSaw, taskIsHealthy, rowIsStored, secretsWereAsked, otherTaskAnswered];
  return smoke(
    { url: twin.balancer.url, key: await apiKey(twin), write: true, timeoutSeconds: 0 },
    witnesses.map((witness): Witness => (round) => witness(twin, round)),
  );
}

/** The balancer's access log has a line for this very request, known by its trace id. */
async function balancerSaw(twin: Twin, round: Round): Promise<string> {
  const { method, path, traceId } = await lineOf(twin, latest(round, "GET /health/live"));
  return `access log: ${method} ${path} ${traceId}`;
}

/** The balancer's log names the target, its health checks call it healthy, and ECS says the task runs. */
async function taskIsHealthy(twin: Twin, round: Round): Promise<string> {
  const id = await targetOf(twin, latest(round, "GET /health/ready"));
  const target = twin.balancer.targets.find((candidate) => candidate.id === id);
  assert.equal(target?.state, "healthy", `target ${id} is ${target?.state}: ${target?.description}`);
  const task = twin.ecs.tasks.find(({ taskArn }) => taskArn.endsWith(`/${id}`));
  assert.equal(task?.lastStatus, "RUNNING", `ECS says that task ${id} is ${task?.lastStatus}`);
  return `access log: target ${id}; target group: healthy; ECS: RUNNING`;
}

/** The row is in the table, and the server's own view of its sessions shows role and TLS. */
async function rowIsStored(twin: Twin, { email, user }: Round): Promise<string> {
  const { postgres, parts, secrets } = twin;
  const client = new Client({
    host: postgres.host,
    port: postgres.port,
    database: parts.database.database,
    user: postgres.superuser.username,
    password: postgres.superuser.password,
    ssl: { ca: readFileSync(postgres.caFile, "utf8") },
  });
  await client.connect();
  try {
    const { rows } = await client.query("select id from users where email = $1", [email]);
    assert.deepEqual(rows, [{ id: user?.id }], `the table users holds ${rows.length} rows of ${email}`);
    const { SecretString } = await secrets.call<{ SecretString: string }>(
      "secretsmanager.GetSecretValue", { SecretId: parts.service.databaseSecretArn }, "the-walk");
    const { username } = JSON.parse(SecretString) as { username: string };
    const sessions = await client.query<{ ssl: boolean; version: string; powerful: boolean }>(
      `select s.ssl, s.version, r.rolsuper or r.rolcreaterole or r.rolcreatedb as powerful
         from pg_stat_activity a join pg_stat_ssl s using (pid) join pg_roles r on r.rolname = a.usename
        where a.usename = $1`, [username]);
    assert.ok(sessions.rows.length > 0, `pg_stat_activity has no session of role ${username}`);
    assert.ok(sessions.rows.every(({ ssl }) => ssl), `pg_stat_ssl has a session of role ${username} without TLS`);
    assert.ok(sessions.rows.every(({ powerful }) => !powerful), `pg_roles gives role ${username} more than it needs`);
    return `table users: 1 row; pg_stat_ssl: ${sessions.rows.length} sessions of role ${username}, ${sessions.rows[0]?.version}`;
  } finally {
    await client.end();
  }
}

/** The record of the secrets' endpoint: this task's own calls, and those ECS made for it. */
async function secretsWereAsked(twin: Twin, round: Round): Promise<string> {
  const { secrets, parts: { service, parameters } } = twin;
  const id = await targetOf(twin, latest(round, "POST /v1/users"));
  const asked = secrets.calls.filter(({ caller, error }) => caller === id && error === undefined);
  const values = asked.filter(({ operation }) => operation === "secretsmanager.GetSecretValue").map(({ input }) => input["SecretId"]);
  assert.ok(values.includes(service.databaseSecretArn), `task ${id} did not ask for ${service.databaseSecretArn}`);
  const names = asked.flatMap(({ operation, input }) => operation === "AmazonSSM.GetParameters" ? input["Names"] as string[] : []);
  const read = parameters.filter(({ name, arn }) => names.includes(name) || names.includes(arn)).map(({ arn }) => arn);
  const missing = (service.container.secrets ?? []).filter(({ valueFrom }) => !read.includes(valueFrom));
  assert.deepEqual(missing, [], `task ${id} started without ${missing.map(({ name }) => name).join(", ")}`);
  return `endpoint: GetSecretValue by the task, GetParameters of ${read.length} settings for it`;
}

/** The same user, from a task that did not make it. */
async function otherTaskAnswered(twin: Twin, round: Round): Promise<string> {
  const maker = await targetOf(twin, latest(round, "POST /v1/users"));
  const readings = round.answers.filter(({ request }) => request === `GET /v1/users/${round.user?.id}`);
  const readers = await Promise.all(readings.map((answer) => targetOf(twin, answer)));
  const other = readers.find((id) => id !== maker);
  assert.ok(other, `no other task than ${maker} answers: the stack needs two`);
  return `task ${other} answers with what ${maker} stored`;
}

function latest({ answers }: Round, request: string): Answer {
  const found = answers.findLast((answer) => answer.request === request);
  assert.ok(found, `nobody has sent ${request}`);
  return found;
}

async function targetOf(twin: Twin, answer: Answer): Promise<string> {
  const { targetId } = await lineOf(twin, answer);
  assert.ok(targetId, `the load balancer found no target for ${answer.request}`);
  return targetId;
}

/** The balancer writes its line when the connection is done with the answer, which the client may see earlier. */
async function lineOf({ balancer }: Twin, { request, requestId }: Answer): Promise<AccessRecord> {
  for (let tries = 100; tries > 0; tries -= 1) {
    const line = balancer.accessLog.findLast((record) => record.traceId.includes(requestId));
    if (line !== undefined) {
      return line;
    }
    await sleep(10);
  }
  throw new Error(`the load balancer's access log has no line for ${request}`);
}
