import fc from "fast-check";

import { keys as apiKeys } from "../support/service.ts";
import type { Api, Operation, Parameter } from "./api.ts";
import type { Draft, Field } from "./draft.ts";
import { valuesOf, type Known } from "./schema-values.ts";

/** Requests that the document allows. What exists, which they name, need not fit together. */
export function validDrafts(operation: Operation, api: Api, known: Known): fc.Arbitrary<Draft> {
  const fields = (place: Parameter["in"]): fc.Arbitrary<readonly Field[]> => {
    const own = operation.parameters.filter((parameter) => parameter.in === place);
    return fc.tuple(...own.map(({ name, required, schema }) => {
      const field = valuesOf(schema, { api, known }, name).map((value): Field => [name, String(value)]);
      return required === true ? field : fc.option(field, { freq: 3 });
    })).map((all) => all.filter((field) => field !== null));
  };
  const bodies = Object.entries(operation.bodies).map(([type, schema]) =>
    valuesOf(schema, { api, known }).map((json) => ({ type: type as string | undefined, body: { json } as Draft["body"] })));

  return fc.record({
    path: fields("path"),
    query: fields("query"),
    headers: fields("header"),
    content: bodies.length === 0 ? fc.constant({ type: undefined, body: undefined }) : fc.oneof(...bodies),
  }).map(({ path, query, headers, content }) => ({
    operation,
    method: operation.method,
    path: Object.fromEntries(path),
    query,
    headers: [
      ["Host", "accounts.example"],
      ...operation.open ? [] : [["Authorization", `Bearer ${apiKeys.writer}`]] satisfies Field[],
      ...content.type === undefined ? [] : [["Content-Type", content.type]] satisfies Field[],
      ...headers,
    ],
    body: content.body,
    version: "HTTP/1.1",
  }));
}
