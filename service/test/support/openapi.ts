import { readFileSync } from "node:fs";

import type { FastifyInstance } from "fastify";

/** Relative to the working directory, which is the service's folder. */
export const OPENAPI_FILE = "openapi.json";

/** What the newest release promised its clients. A release replaces it by its `openapi.json`. */
export const RELEASED_FILE = "releases/openapi.json";

/** Only a service with the page for people makes the document; all others give the file. */
export const withDocument = { API_PAGE: "true" };

/** The document as it is kept in the repository. */
export function openApiText(app: FastifyInstance): string {
  return `${JSON.stringify(app.swagger(), null, 2)}\n`;
}

export function readDocument<T>(file: string): T {
  return JSON.parse(readFileSync(file, "utf8")) as T;
}
