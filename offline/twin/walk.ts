import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { Client } from "pg";

import type { AccessRecord } from "../stand-ins/load-balancer";
import { apiKey } from "./api-key";
import type { Twin } from "./twin";

/** One step of the path of a request, with what proves it, or why it is not so. */
export interface Step {
  readonly title: string;
  readonly ok: boolean;
  readonly evidence: string;
}

interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

/** What the steps learn of each other. */
interface Walk {
  readonly twin: Twin;
  readonly key: string;
  readonly email: string;
  user?: User;
  status?: number;
  record?: AccessRecord;
}

/** The five steps of the data flow. The evidence of each is the record of the part on the other side. */
const steps: readonly (readonly [title: string, prove: (walk: Walk) => Promise<string>])[] = [
  ["1 a client sends a request to the load balancer", sendRequest],
  ["2 the load balancer passes it to a healthy task", reachTask],
  ["3 the task works with PostgreSQL, over TLS, as its own role", storeRow],
  ["4 the task has its login from Secrets Manager, its settings from Parameter Store", askSecrets],
  ["5 the answer goes back through the load balancer, also from another task", readBack],
];

/** Walks the path of a request through a running twin. Steps after one that fails are not reached. */
export async function walk(twin: Twin): Promise<Step[]> {
  const id = randomUUID();
  const state: Walk = { twin, key: await apiKey(twin), email: `walk-${id}@example.com` };
  const results: Step[] = [];
  for (const [title, prove] of steps) {
    if (results.some(({ ok }) => !ok)) {
      results.push({ title, ok: false, evidence: "not reached" });
      continue;
    }
    results.push(await prove(state).then(
      (evidence) => ({ title, ok: true, evidence }),
      (error: Error) => ({ title, ok: false, evidence: error.message.split("\n")[0] ?? "" }),
    ));
  }
  return results;
}

/** The balancer's access log has a line for this very request, known by its trace id. */
async function sendRequest(walk: Walk): Promise<string> {
  const { status, body, record } = await call(walk, "POST", "/v1/users", { email: walk.email, name: "Ada Lovelace" });
  assert.ok(record, "the load balancer's access log has no line for the request");
  Object.assign(walk, { status, user: body, record });
  return `access log: ${record.method} ${record.path} ${record.traceId}`;
}

/** The balancer's log names the target, its health checks call it healthy, and ECS says the task runs. */
async function reachTask({ twin, record, status }: Walk): Promise<string> {
  const id = record?.targetId;
  assert.ok(id, `the load balancer found no target and answered ${status}`);
  const target = twin.balancer.targets.find((candidate) => candidate.id === id);
  assert.equal(target?.state, "healthy", `target ${id} is ${target?.state}: ${target?.description}`);
  const task = twin.ecs.tasks.find(({ taskArn }) => taskArn.endsWith(`/${id}`));
  assert.equal(task?.lastStatus, "RUNNING", `ECS says that task ${id} is ${task?.lastStatus}`);
  return `access log: target ${id}; target group: healthy; ECS: RUNNING`;
}

/** The row is in the table, and the server's own view of its sessions shows role and TLS. */
async function storeRow({ twin, email, status, user }: Walk): Promise<string> {
  assert.equal(status, 201, `the task answered ${status}: ${JSON.stringify(user)}`);
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
async function askSecrets({ twin, record }: Walk): Promise<string> {
  const { secrets, parts: { service, parameters } } = twin;
  const asked = secrets.calls.filter(({ caller, error }) => caller === record?.targetId && error === undefined);
  const values = asked.filter(({ operation }) => operation === "secretsmanager.GetSecretValue").map(({ input }) => input["SecretId"]);
  assert.ok(values.includes(service.databaseSecretArn), `task ${record?.targetId} did not ask for ${service.databaseSecretArn}`);
  const names = asked.flatMap(({ operation, input }) => operation === "AmazonSSM.GetParameters" ? input["Names"] as string[] : []);
  const read = parameters.filter(({ name, arn }) => names.includes(name) || names.includes(arn)).map(({ arn }) => arn);
  const missing = (service.container.secrets ?? []).filter(({ valueFrom }) => !read.includes(valueFrom));
  assert.deepEqual(missing, [], `task ${record?.targetId} started without ${missing.map(({ name }) => name).join(", ")}`);
  return `endpoint: GetSecretValue by the task, GetParameters of ${read.length} settings for it`;
}

/** The same user, from a task that did not make it. */
async function readBack(walk: Walk): Promise<string> {
  const { twin: { balancer }, user, record } = walk;
  for (let tries = 2 * balancer.targets.length; tries > 0; tries -= 1) {
    const answer = await call(walk, "GET", `/v1/users/${user?.id}`);
    const other = answer.record?.targetId;
    if (other !== undefined && other !== record?.targetId) {
      assert.deepEqual({ status: answer.status, body: answer.body }, { status: 200, body: user });
      return `task ${other} answers 200 with what ${record?.targetId} stored`;
    }
  }
  throw new Error(`no other task than ${record?.targetId} answers: the stack needs two`);
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** The balancer's own line for this request. */
  readonly record: AccessRecord | undefined;
}

async function call({ twin, key }: Walk, method: string, path: string, body?: object): Promise<Answer> {
  const root = `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString("hex")}`;
  const response = await fetch(twin.balancer.url + path, {
    method,
    headers: {
      "authorization": `Bearer ${key}`,
      "x-amzn-trace-id": root,
      ...body && { "content-type": "application/json" },
    },
    ...body && { body: JSON.stringify(body) },
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, body: isJson ? JSON.parse(text) : text, record: await lineOf(twin, root) };
}

/** The balancer writes its line when the connection is done with the answer, which the client may see earlier. */
async function lineOf({ balancer }: Twin, traceId: string): Promise<AccessRecord | undefined> {
  for (let tries = 100; tries > 0; tries -= 1) {
    const line = balancer.accessLog.findLast((record) => record.traceId.includes(traceId));
    if (line !== undefined) {
      return line;
    }
    await sleep(10);
  }
  return undefined;
}
