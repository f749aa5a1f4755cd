import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";

/** Makes the OpenAPI document from the routes' own schemas, so that it cannot differ from the validation. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "accounts", description: "Users, and JSON documents per user.", version: "1.0.0" },
      tags: [
        { name: "users", description: "who has an account" },
        { name: "documents", description: "JSON documents that belong to a user" },
        { name: "service", description: "about the service itself; no API key needed" },
      ],
      components: {
        securitySchemes: {
          apiKey: { type: "http", scheme: "bearer", description: "an API key, with the scope `read` or `read` and `write`" },
        },
      },
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `def-${index}`) },
  });
}
