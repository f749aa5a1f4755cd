import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";

import { decodeCursor, toPage } from "../cursor.ts";
import type { Database } from "../database/database.ts";
import { ProblemError } from "../problems.ts";
import {
  Cursor, Email, Limit, NewUser, pageOf, problems, reference, User, UserId, userIdPattern,
} from "../schemas.ts";
import { createUser, deleteUser, findUser, listUsers } from "../users.ts";

const place = new RegExp(userIdPattern);
const lowestId = "00000000-0000-0000-0000-000000000000";

export const users: FastifyPluginAsyncTypebox<{ database: Database }> = async (app, { database }) => {
  app.post("/users", {
    schema: {
      summary: "Create a user",
      tags: ["users"],
      body: NewUser,
      response: { 201: reference(User), ...problems(400, 401, 403, 409, 413, 415, 500, 503) },
    },
  }, async (request, reply) => {
    const { email, name, attributes = {} } = request.body;
    const user = await createUser(database, { email, name, attributes });
    if (user === undefined) {
      throw new ProblemError("email-taken");
    }
    return reply.code(201).header("location", `/v1/users/${user.id}`).header("etag", `"${user.version}"`).send(user);
  });

  app.get("/users/:id", {
    schema: {
      summary: "Read a user",
      tags: ["users"],
      params: Type.Object({ id: UserId }),
      response: { 200: reference(User), ...problems(400, 401, 403, 404, 500, 503) },
    },
  }, async (request, reply) => {
    const user = await findUser(database, request.params.id);
    if (user === undefined) {
      throw new ProblemError("not-found", { detail: "no user has this id" });
    }
    return reply.header("etag", `"${user.version}"`).send(user);
  });

  app.get("/users", {
    schema: {
      summary: "List users, oldest first",
      tags: ["users"],
      querystring: Type.Object(
        { limit: Limit, cursor: Type.Optional(Cursor), email: Type.Optional(Email) },
        { additionalProperties: false },
      ),
      response: { 200: pageOf(User), ...problems(400, 401, 403, 500, 503) },
    },
  }, async (request) => {
    const { limit, cursor, email } = request.query;
    const after = cursor === undefined ? lowestId : decodeCursor(cursor, place);
    return toPage(await listUsers(database, after, limit + 1, email), limit, ({ id }) => id);
  });

  app.delete("/users/:id", {
    schema: {
      summary: "Delete a user and all documents of the user",
      tags: ["users"],
      params: Type.Object({ id: UserId }),
      response: { 204: Type.Null({ description: "deleted, or already gone" }), ...problems(400, 401, 403, 500, 503) },
    },
  }, async (request, reply) => {
    await deleteUser(database, request.params.id);
    return reply.code(204).send(null);
  });
};
