import assert from "node:assert/strict";
import { readdirSync } from "node:fs";

import { readDocument } from "./support/openapi.ts";
import { startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { startService, type RunningService } from "./support/service.ts";

describe("GET /version", () => {
  let environment: TestEnvironment;
  let service: RunningService;

  before(async () => {
    environment = await startEnvironment();
    await environment.migrate();
    service = await startService(environment);
  });
  after(async () => {
    await service.stop();
    await environment.stop();
  });

  it("says which version runs and which schema it needs, to everybody", async () => {
    const response = await service.request("GET /version", { key: null });
    const newest = readdirSync("migrations").sort().at(-1)?.replace(".sql", "");
    const { version, commit, schema } = response.json();
    assert.deepEqual({ version, schema }, { version: readDocument<{ version: string }>("package.json").version, schema: newest });
    assert.ok(commit === null || /^[0-9a-f]{7,40}$/.test(commit), commit);
  });
});
