import { SerializerSelector } from "@fastify/fast-json-stringify-compiler";
import type { FastifyInstance } from "fastify";
import type { TObject } from "typebox";

import { ajv, readIntegers } from "./validation.ts";

/**
 * Compiles each schema when it is first used. Most describe errors that a task never answers with, and compiling them
 * all would take a quarter of the time of a start, and 12 MB.
 */
export function compileWhenNeeded(app: FastifyInstance): void {
  app.setValidatorCompiler<TObject>(({ schema, httpPart }) => {
    const compile = once(() => ajv.compile(schema));
    const validate = Object.assign((value: unknown) => {
      const compiled = compile();
      if (httpPart === "querystring") {
        readIntegers(schema, value as Record<string, unknown>);
      }
      const valid = compiled(value);
      // Fastify looks for them on the function that it has called.
      validate.errors = compiled.errors;
      return valid;
    }, { errors: undefined as ReturnType<typeof compile>["errors"] });
    return validate;
  });

  const serializers = once(() => SerializerSelector()(app.getSchemas(), {}));
  app.setSerializerCompiler((route) => {
    const compile = once(() => serializers()({ ...route, httpStatus: route.httpStatus ?? "default" }));
    return (value) => compile()(value);
  });
}

/** Makes it when it is first asked for. */
export function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}
