import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { FastifyInstance } from "fastify";

const service = join(import.meta.dirname, "../..");

export const OPENAPI_FILE = join(service, "openapi.json");

/** What the newest release promised its clients. A release replaces it by its `openapi.json`. */
export const RELEASED_FILE = join(service, "releases/openapi.json");

/** Only a service with the page for people makes the document; all others give the file. */
export const withDocument = { API_PAGE: "true" };

/** The document as it is kept in the repository. */
export function openApiText(app: FastifyInstance): string {
  return `${JSON.stringify(app.swagger(), null, 2)}\n`;
}

export function readDocument<T>(file: string): T {
  return JSON.parse(readFileSync(file, "utf8")) as T;
}
