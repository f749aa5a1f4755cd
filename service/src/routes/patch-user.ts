import { isDeepStrictEqual } from "node:util";

import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";

import { acceptPatch, etag, json, onWrite, problems } from "../answers.ts";
import { etagOf, IfMatch, names, parseIfMatch, preconditionFailed, type Condition } from "../conditions.ts";
import { once } from "../compilers.ts";
import type { Database } from "../database/database.ts";
import { acceptJson } from "../json-body.ts";
import { mergePatch } from "../merge-patch.ts";
import { noUser, ProblemError } from "../problems.ts";
import { NewUser, reference, User, UserId, UserPatch } from "../schemas.ts";
import { findUser, updateUser, type User as StoredUser, type UserInput } from "../users.ts";
import { ajv, fieldError } from "../validation.ts";

const MERGE_PATCH = "application/merge-patch+json";
const mediaTypes = [MERGE_PATCH, "application/json"];

/** How often a patch is applied anew to a user who changes meanwhile, when the condition allows any version. */
const MOST_ATTEMPTS = 5;

const isNewUser = once(() => ajv.compile<UserInput>(NewUser));

/** A plugin of its own: no other route takes the media type of a patch. */
export const patchUser: FastifyPluginAsyncTypebox<{ database: Database }> = async (app, { database }) => {
  acceptJson(app, MERGE_PATCH);

  app.patch("/users/:id", {
    schema: {
      operationId: "patchUser",
      summary: "Change a user by a JSON merge patch",
      description: "RFC 7396: what the patch names is replaced, what it names with null is removed, all else stays.",
      tags: ["users"],
      consumes: mediaTypes,
      params: Type.Object({ id: UserId }),
      headers: Type.Object({ "if-match": IfMatch }),
      body: UserPatch,
      response: {
        200: json("the user after the patch; the version is the same if it changed nothing", reference(User), etag),
        ...problems(
          ...onWrite, "uri-too-long", "not-found", "email-taken", "conflict", "precondition-failed", "precondition-required",
        ),
        ...acceptPatch(),
      },
    },
    // RFC 5789 wants it on an answer that refuses the media type.
    onRequest: (_request, reply, done) => {
      reply.header("accept-patch", mediaTypes.join(", "));
      done();
    },
  }, async (request, reply) => {
    const ifMatch = parseIfMatch(request.headers["if-match"]);
    if (ifMatch === undefined) {
      throw new ProblemError("precondition-required", { detail: "send the ETag of the user as `If-Match`" });
    }
    const user = await patch(database, request.params.id, ifMatch, request.body);
    return reply.header("etag", etagOf(user.version)).send(user);
  });
};

async function patch(database: Database, id: string, ifMatch: Condition, body: unknown): Promise<StoredUser> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const user = await findUser(database, id);
    if (user === undefined) {
      throw noUser();
    }
    if (!names(ifMatch, user.version)) {
      throw preconditionFailed();
    }
    const { email, name, attributes } = user;
    const patched = applyPatch({ email, name, attributes }, body);
    if (isDeepStrictEqual(asStored(patched), { email, name, attributes })) {
      return user;
    }
    const outcome = await updateUser(database, id, user.version, patched);
    if (outcome === "email-taken") {
      throw new ProblemError("email-taken");
    }
    if (outcome !== "stale") {
      return outcome;
    }
  }
  throw new ProblemError("conflict", { detail: "others kept changing the user while this patch was applied" });
}

/** JSON can say -0, which is stored as 0. */
function asStored(user: UserInput): unknown {
  return JSON.parse(JSON.stringify(user));
}

function applyPatch(user: UserInput, body: unknown): UserInput {
  const patched = { attributes: {}, ...mergePatch(user, body) as object };
  const check = isNewUser();
  if (!check(patched)) {
    const errors = (check.errors ?? []).map(fieldError);
    throw new ProblemError("validation-failed", { detail: "the user is not valid after the patch", errors });
  }
  return patched;
}
