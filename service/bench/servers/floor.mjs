// The least a server of users can be: node:http, pg, named statements, no validation, no log, no authentication.
// Whatever the service does beyond this has to be paid for by how it uses the database.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { createSecureContext } from "node:tls";

import pg from "pg";

const { env } = process;
const columns = "id, email, name, attributes, version, created_at, updated_at";
const find = { name: "find", text: `SELECT ${columns} FROM users WHERE id = $1` };
const insert = {
  name: "insert",
  text: `INSERT INTO users (email, name, attributes) VALUES ($1, $2, $3)
    ON CONFLICT (lower(email)) DO NOTHING RETURNING ${columns}`,
};

const connection = {
  host: env.DATABASE_HOST,
  port: Number(env.DATABASE_PORT),
  database: env.DATABASE_NAME,
  user: env.DATABASE_USER,
  password: env.DATABASE_PASSWORD,
  keepAlive: true,
  ssl: { secureContext: createSecureContext({ ca: readFileSync(env.DATABASE_CA_FILE) }), rejectUnauthorized: true },
};

/** The fastest that pg offers: statements go out without waiting for the answers to those before them. */
async function pipelined(count) {
  const clients = Array.from({ length: count }, () => new pg.Client({ ...connection, pipeline: true }));
  await Promise.all(clients.map((client) => client.connect()));
  let turn = 0;
  return (statement, values) => clients[turn++ % count].query({ ...statement, values });
}

function pooled(max) {
  const pool = new pg.Pool({ ...connection, max, idleTimeoutMillis: 0 });
  return (statement, values) => pool.query({ ...statement, values });
}

const query = env.FLOOR_PIPELINED === undefined
  ? pooled(Number(env.DATABASE_POOL_CONNECTIONS))
  : await pipelined(Number(env.FLOOR_PIPELINED));

function send(response, status, body, headers) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(text), ...headers,
  }).end(text);
}

async function sendUser(response, status, { rows: [row] }, missing) {
  if (row === undefined) {
    send(response, missing, { status: missing });
    return;
  }
  const { created_at, updated_at, ...user } = row;
  send(response, status, { ...user, createdAt: created_at.toISOString(), updatedAt: updated_at.toISOString() }, {
    etag: `"${user.version}"`,
  });
}

async function answer(request, response) {
  if (request.method === "POST") {
    const { email, name, attributes = {} } = await json(request);
    await sendUser(response, 201, await query(insert, [email, name, JSON.stringify(attributes)]), 409);
  } else {
    await sendUser(response, 200, await query(find, [request.url.slice("/v1/users/".length)]), 404);
  }
}

createServer((request, response) => {
  answer(request, response).catch((error) => send(response, 500, { message: error.message }));
}).listen(Number(env.PORT), env.HOST);
