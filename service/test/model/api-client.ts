import assert from "node:assert/strict";

import { keys } from "../support/service.ts";

export interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly body: Readonly<Record<string, unknown>> & { readonly id: string; readonly version: number };
}

/** What one client sends, and what it gets. */
export class ApiClient {
  /** Requests sent so far. */
  requests = 0;

  constructor(readonly name: string, private readonly url: string) {}

  async pages(path: string, limit: number): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    const cursors = new Set<string>();
    let cursor = "";
    do {
      assert.ok(!cursors.has(cursor), `the pages of ${path} come to no end`);
      cursors.add(cursor);
      const { body } = await this.expect(200, "GET", `${path}?limit=${limit}${cursor}`);
      items.push(...body["items"] as Record<string, unknown>[]);
      cursor = body["nextCursor"] === null ? "" : `&cursor=${String(body["nextCursor"])}`;
    } while (cursor !== "");
    return items;
  }

  async expect(
    status: number, method: string, path: string, headers: Record<string, string> = {}, body?: unknown,
  ): Promise<Answer> {
    const answer = await this.send(method, path, headers, body);
    assert.equal(answer.status, status, `${this.name}: ${method} ${path} ${JSON.stringify(headers)} answered ${JSON.stringify(answer)}`);
    return answer;
  }

  async send(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Answer> {
    this.requests += 1;
    const content: { headers: Record<string, string>; body?: string } = body === undefined
      ? { headers: {} }
      : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const response = await fetch(`${this.url}${path}`, {
      method,
      ...content,
      headers: { authorization: `Bearer ${keys.writer}`, ...content.headers, ...headers },
    });
    const text = await response.text();
    return {
      status: response.status,
      etag: response.headers.get("etag"),
      body: (text === "" ? {} : JSON.parse(text)) as Answer["body"],
    };
  }
}
