import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";

import { decodeCursor, toPage } from "../cursor.ts";
import type { Database } from "../database/database.ts";
import { deleteDocument, findDocument, listDocuments, putDocument } from "../documents.ts";
import { requireBody } from "../json-body.ts";
import { ProblemError } from "../problems.ts";
import {
  Cursor, DocumentEntry, DocumentKey, documentKeyPattern, DocumentValue, Limit, pageOf, problems, reference, UserId,
} from "../schemas.ts";

const place = new RegExp(documentKeyPattern);
const DocumentPath = Type.Object({ id: UserId, key: DocumentKey });

export const documents: FastifyPluginAsyncTypebox<{ database: Database }> = async (app, { database }) => {
  app.put("/users/:id/data/:key", {
    schema: {
      summary: "Store a document, whether or not there is one",
      tags: ["documents"],
      params: DocumentPath,
      body: DocumentValue,
      response: {
        200: reference(DocumentEntry),
        201: reference(DocumentEntry),
        ...problems(400, 401, 403, 404, 413, 415, 500, 503),
      },
    },
  }, async (request, reply) => {
    requireBody(request);
    const entry = await putDocument(database, request.params.id, request.params.key, JSON.stringify(request.body));
    if (entry === undefined) {
      throw new ProblemError("not-found", { detail: "no user has this id" });
    }
    return reply.code(entry.version === 1 ? 201 : 200).header("etag", `"${entry.version}"`).send(entry);
  });

  app.get("/users/:id/data/:key", {
    schema: {
      summary: "Read a document, as it was stored",
      tags: ["documents"],
      params: DocumentPath,
      response: { 200: DocumentValue, ...problems(400, 401, 403, 404, 500, 503) },
    },
  }, async (request, reply) => {
    const document = await findDocument(database, request.params.id, request.params.key);
    if (document === undefined) {
      throw new ProblemError("not-found", { detail: "this user has no document with this key" });
    }
    return reply.header("etag", `"${document.version}"`).type("application/json; charset=utf-8").send(document.value);
  });

  app.get("/users/:id/data", {
    schema: {
      summary: "List a user's documents by key, without their values",
      tags: ["documents"],
      params: Type.Object({ id: UserId }),
      querystring: Type.Object({ limit: Limit, cursor: Type.Optional(Cursor) }, { additionalProperties: false }),
      response: { 200: pageOf(DocumentEntry), ...problems(400, 401, 403, 404, 500, 503) },
    },
  }, async (request) => {
    const { limit, cursor } = request.query;
    const after = cursor === undefined ? "" : decodeCursor(cursor, place);
    const entries = await listDocuments(database, request.params.id, after, limit + 1);
    if (entries === undefined) {
      throw new ProblemError("not-found", { detail: "no user has this id" });
    }
    return toPage(entries, limit, ({ key }) => key);
  });

  app.delete("/users/:id/data/:key", {
    schema: {
      summary: "Delete a document",
      tags: ["documents"],
      params: DocumentPath,
      response: { 204: Type.Null({ description: "deleted, or already gone" }), ...problems(400, 401, 403, 500, 503) },
    },
  }, async (request, reply) => {
    await deleteDocument(database, request.params.id, request.params.key);
    return reply.code(204).send(null);
  });
};
