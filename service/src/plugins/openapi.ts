import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";

import manifest from "../../package.json" with { type: "json" };

const description = `Users, and JSON documents per user.

Every error is a problem after RFC 9457; its \`type\` is a path of this service that explains it. Beside what each operation
lists, any request may meet 405 with \`Allow\`, 408, 414 and 431, and a path that does not exist 404 or 429. HEAD is answered
wherever GET is. Every answer has an \`X-Request-Id\`, which names the request in the service's log, and every answer to a
write the \`RateLimit-*\` headers that are listed with 429.`;

/** Makes the OpenAPI document from the routes' own schemas, so that it cannot differ from the validation. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "accounts", description, version: manifest.version },
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
    transformObject: (made) => withRequiredHeaders(made as unknown as Made),
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `def-${index}`) },
  });
}

interface Header {
  required?: boolean;
  readonly schema: { required?: boolean };
}

interface Operation {
  readonly responses: Record<string, { headers?: Record<string, Header> }>;
}

/** The plugin types its document as any version of OpenAPI and of Swagger; ours is 3.1. */
interface Made {
  readonly openapiObject: { readonly paths: Record<string, Record<string, Operation>> };
}

/** The plugin takes a header's description out of its schema, where routes have to put it, but not `required`. */
function withRequiredHeaders({ openapiObject }: Made): Made["openapiObject"] {
  for (const { responses } of Object.values(openapiObject.paths).flatMap((path) => Object.values(path))) {
    for (const header of Object.values(responses).flatMap(({ headers = {} }) => Object.values(headers))) {
      const { required = false, ...schema } = header.schema;
      Object.assign(header, { required, schema });
    }
  }
  return openapiObject;
}
