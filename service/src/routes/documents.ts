import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";

import { empty, etag, json, notModified, onPage, onRead, onWrite, problems } from "../answers.ts";
import {
  etagOf, IfMatch, IfNoneMatch, IfNoneMatchOnWrite, isCurrent, parseIfMatch, parseIfNoneMatch, preconditionFailed,
} from "../conditions.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Database } from "../database/database.ts";
import { deleteDocument, findDocument, listDocuments, MOST_DOCUMENTS, putDocument } from "../documents.ts";
import { requireBody } from "../json-body.ts";
import { noUser, ProblemError } from "../problems.ts";
import {
  Cursor, DocumentEntry, DocumentKey, documentKeyPattern, DocumentValue, Limit, pageOf, reference, UserId,
} from "../schemas.ts";

const place = new RegExp(documentKeyPattern);
const tags = ["documents"];
const params = Type.Object({ id: UserId, key: DocumentKey });

const putSchema = {
  operationId: "putDocument",
  summary: "Store a document, whether or not there is one",
  tags,
  params,
  headers: Type.Object({ "if-match": IfMatch, "if-none-match": IfNoneMatchOnWrite }),
  body: DocumentValue,
  response: {
    200: json("replaced", reference(DocumentEntry), etag),
    201: json("created", reference(DocumentEntry), etag),
    ...problems(...onWrite, "uri-too-long", "not-found", "too-many-documents", "precondition-failed"),
  },
};

const getSchema = {
  operationId: "getDocument",
  summary: "Read a document, as it was stored",
  tags,
  params,
  headers: Type.Object({ "if-none-match": IfNoneMatch }),
  response: { 200: json("the document", DocumentValue, etag), 304: notModified, ...problems(...onRead, "uri-too-long", "not-found") },
};

const listSchema = {
  operationId: "listDocuments",
  summary: "List a user's documents by key, without their values",
  tags,
  params: Type.Object({ id: UserId }),
  querystring: Type.Object({ limit: Limit, cursor: Type.Optional(Cursor) }, { additionalProperties: false }),
  response: { 200: json("a page of documents", pageOf(DocumentEntry)), ...problems(...onPage, "uri-too-long", "not-found") },
};

const deleteSchema = {
  operationId: "deleteDocument",
  summary: "Delete a document",
  tags,
  params,
  headers: Type.Object({ "if-match": IfMatch }),
  response: { 204: empty("deleted, or already gone"), ...problems(...onWrite, "uri-too-long", "precondition-failed") },
};

export const documents: FastifyPluginAsyncTypebox<{ database: Database }> = async (app, { database }) => {
  app.put("/users/:id/data/:key", { schema: putSchema }, async (request, reply) => {
    requireBody(request);
    const { id, key } = request.params;
    const outcome = await putDocument(database, id, key, JSON.stringify(request.body), {
      ifMatch: parseIfMatch(request.headers["if-match"]),
      ifNoneMatch: parseIfNoneMatch(request.headers["if-none-match"]),
    });
    if (outcome === "no-user") {
      throw noUser();
    }
    if (outcome === "no-room") {
      throw new ProblemError("too-many-documents", { detail: `a user may have ${MOST_DOCUMENTS}` });
    }
    if (outcome === "condition-failed") {
      throw preconditionFailed();
    }
    const { entry, created } = outcome;
    return reply.code(created ? 201 : 200).header("etag", etagOf(entry.version)).send(entry);
  });

  app.get("/users/:id/data/:key", { schema: getSchema }, async (request, reply) => {
    const document = await findDocument(database, request.params.id, request.params.key);
    if (document === undefined) {
      throw new ProblemError("not-found", { detail: "this user has no document with this key" });
    }
    reply.header("etag", etagOf(document.version));
    if (isCurrent(request.headers["if-none-match"], document.version)) {
      return reply.code(304).send(null);
    }
    return reply.type("application/json; charset=utf-8").send(document.value);
  });

  app.get("/users/:id/data", { schema: listSchema, config: { page: true } }, async (request) => {
    const { limit, cursor } = request.query;
    const after = cursor === undefined ? "" : decodeCursor(cursor, place);
    const entries = await listDocuments(database, request.params.id, after, limit + 1);
    if (entries === undefined) {
      throw noUser();
    }
    return toPage(entries, limit, ({ key }) => key);
  });

  app.delete("/users/:id/data/:key", { schema: deleteSchema }, async (request, reply) => {
    const { id, key } = request.params;
    if (!await deleteDocument(database, id, key, parseIfMatch(request.headers["if-match"]))) {
      throw preconditionFailed();
    }
    return reply.code(204).send(null);
  });
};
