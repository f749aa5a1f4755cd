import type { FastifyInstance } from "fastify";

import type { ApiKeys, Client, Scope } from "../api-keys.ts";
import { ProblemError } from "../problems.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who sent the request; set on every route that asks for an API key. */
    client: Client | null;
  }
}

const bearer = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

/** Lets only requests with a known API key, whose scopes cover the method, reach the routes of `app`. */
export function requireApiKey(app: FastifyInstance, apiKeys: ApiKeys): void {
  app.addHook("onRequest", async (request, reply) => {
    const key = bearer.exec(request.headers.authorization ?? "")?.[1];
    const client = key === undefined ? undefined : await apiKeys.authenticate(key);
    if (client === undefined) {
      reply.header("www-authenticate", `Bearer realm="accounts"${key === undefined ? "" : ", error=\"invalid_token\""}`);
      throw new ProblemError("unauthorized", {
        detail: key === undefined ? "send `Authorization: Bearer <API key>`" : "no client has this API key",
      });
    }
    request.client = client;

    const scope: Scope = request.method === "GET" || request.method === "HEAD" ? "read" : "write";
    if (!client.scopes.includes(scope)) {
      reply.header("www-authenticate", `Bearer realm="accounts", error="insufficient_scope", scope="${scope}"`);
      throw new ProblemError("forbidden", { detail: `this needs an API key with the scope "${scope}"` });
    }
  });
}
