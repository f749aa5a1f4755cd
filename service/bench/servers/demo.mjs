// Fastify as its official demo (github.com/fastify/demo) sets it up: the same plugins with their defaults, two lines in
// the log for each request, schemas on the routes, `pool.query`, and a taken address found out by the database's error.
import { readFileSync } from "node:fs";

import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import sensible from "@fastify/sensible";
import swagger from "@fastify/swagger";
import underPressure from "@fastify/under-pressure";
import Fastify from "fastify";
import pg from "pg";

const { env } = process;
const app = Fastify({ logger: true });
await app.register(helmet);
await app.register(cors);
await app.register(sensible);
await app.register(underPressure);
await app.register(rateLimit, { max: 1_000_000_000 });
await app.register(swagger, { openapi: { info: { title: "demo", version: "1.0.0" } } });

const pool = new pg.Pool({
  host: env.DATABASE_HOST,
  port: Number(env.DATABASE_PORT),
  database: env.DATABASE_NAME,
  user: env.DATABASE_USER,
  password: env.DATABASE_PASSWORD,
  max: Number(env.DATABASE_POOL_CONNECTIONS),
  ssl: { ca: readFileSync(env.DATABASE_CA_FILE, "utf8"), rejectUnauthorized: true },
});

const columns = "id, email, name, attributes, version, created_at AS \"createdAt\", updated_at AS \"updatedAt\"";
const uniqueViolation = "23505";
const text = { type: "string" };
const attributes = { type: "object", additionalProperties: true };
const user = {
  type: "object",
  properties: {
    id: text, email: text, name: text, attributes, version: { type: "integer" },
    createdAt: { type: "string", format: "date-time" }, updatedAt: { type: "string", format: "date-time" },
  },
};

app.get("/v1/users/:id", {
  schema: { params: { type: "object", properties: { id: { type: "string", format: "uuid" } } }, response: { 200: user } },
}, async (request, reply) => {
  const { rows } = await pool.query(`SELECT ${columns} FROM users WHERE id = $1`, [request.params.id]);
  return rows[0] ?? reply.notFound();
});

app.post("/v1/users", {
  schema: {
    body: {
      type: "object",
      required: ["email", "name"],
      properties: { email: { type: "string", format: "email" }, name: text, attributes },
    },
    response: { 201: user },
  },
}, async (request, reply) => {
  const { email, name, attributes = {} } = request.body;
  try {
    const { rows } = await pool.query(
      `INSERT INTO users (email, name, attributes) VALUES ($1, $2, $3) RETURNING ${columns}`,
      [email, name, JSON.stringify(attributes)],
    );
    return reply.code(201).send(rows[0]);
  } catch (error) {
    return error.code === uniqueViolation ? reply.conflict("this address is taken") : reply.internalServerError();
  }
});

await app.listen({ host: env.HOST, port: Number(env.PORT) });
