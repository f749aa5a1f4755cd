import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";

import type { Client } from "../api-keys.ts";
import { empty, etag, json, location, notModified, onPage, onRead, onWrite, problems } from "../answers.ts";
import { etagOf, IfMatch, IfNoneMatch, isCurrent, parseIfMatch, preconditionFailed } from "../conditions.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Database } from "../database/database.ts";
import { createUserOnce } from "../idempotency.ts";
import { noUser, ProblemError } from "../problems.ts";
import {
  Cursor, Email, IdempotencyKey, Limit, NewUser, pageOf, reference, User, UserId, userIdPattern,
} from "../schemas.ts";
import { createUser, deleteUser, findUser, listUsers, type User as StoredUser, type UserInput } from "../users.ts";

const place = new RegExp(userIdPattern);
const lowestId = "00000000-0000-0000-0000-000000000000";
const tags = ["users"];
const params = Type.Object({ id: UserId });

const createSchema = {
  operationId: "createUser",
  summary: "Create a user",
  tags,
  headers: Type.Object({ "idempotency-key": IdempotencyKey }),
  body: NewUser,
  response: {
    201: json("created", reference(User), { ...location, ...etag }),
    ...problems(...onWrite, "email-taken", "idempotency-in-progress", "idempotency-key-reused"),
  },
};

const getSchema = {
  operationId: "getUser",
  summary: "Read a user",
  tags,
  params,
  headers: Type.Object({ "if-none-match": IfNoneMatch }),
  response: { 200: json("the user", reference(User), etag), 304: notModified, ...problems(...onRead, "uri-too-long", "not-found") },
};

const listSchema = {
  operationId: "listUsers",
  summary: "List users, oldest first",
  tags,
  querystring: Type.Object(
    { limit: Limit, cursor: Type.Optional(Cursor), email: Type.Optional(Email) },
    { additionalProperties: false },
  ),
  response: { 200: json("a page of users", pageOf(User)), ...problems(...onPage) },
};

const deleteSchema = {
  operationId: "deleteUser",
  summary: "Delete a user and all documents of the user",
  tags,
  params,
  headers: Type.Object({ "if-match": IfMatch }),
  response: { 204: empty("deleted, or already gone"), ...problems(...onWrite, "uri-too-long", "precondition-failed") },
};

export const users: FastifyPluginAsyncTypebox<{ database: Database }> = async (app, { database }) => {
  app.post("/users", { schema: createSchema }, async (request, reply) => {
    const { email, name, attributes = {} } = request.body;
    const user = await create(database, { email, name, attributes }, request.headers["idempotency-key"], request.client);
    return reply.code(201).header("location", `/v1/users/${user.id}`).header("etag", etagOf(user.version)).send(user);
  });

  app.get("/users/:id", { schema: getSchema }, async (request, reply) => {
    const user = await findUser(database, request.params.id);
    if (user === undefined) {
      throw noUser();
    }
    reply.header("etag", etagOf(user.version));
    return isCurrent(request.headers["if-none-match"], user.version) ? reply.code(304).send(null) : reply.send(user);
  });

  app.get("/users", { schema: listSchema, config: { page: true } }, async (request) => {
    const { limit, cursor, email } = request.query;
    const after = cursor === undefined ? lowestId : decodeCursor(cursor, place);
    return toPage(await listUsers(database, after, limit + 1, email), limit, ({ id }) => id);
  });

  app.delete("/users/:id", { schema: deleteSchema }, async (request, reply) => {
    if (!await deleteUser(database, request.params.id, parseIfMatch(request.headers["if-match"]))) {
      throw preconditionFailed();
    }
    return reply.code(204).send(null);
  });
};

async function create(
  database: Database, input: UserInput, key: string | undefined, client: Client | null,
): Promise<StoredUser> {
  const outcome = key === undefined || client === null
    ? await createUser(database, input) ?? "email-taken"
    : await createUserOnce(database, { principal: client.name, key }, input);
  switch (outcome) {
    case "email-taken":
      throw new ProblemError("email-taken");
    case "key-reused":
      throw new ProblemError("idempotency-key-reused");
    case "in-progress":
      throw new ProblemError("idempotency-in-progress");
    default:
      return outcome;
  }
}
