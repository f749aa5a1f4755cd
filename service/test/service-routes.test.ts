import assert from "node:assert/strict";
import { readdirSync } from "node:fs";

import manifest from "../package.json" with { type: "json" };
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

  it("says which version runs and which schema it needs, to everybody; only a build knows a commit", async () => {
    const response = await service.request("GET /version", { key: null });
    const newest = readdirSync("migrations").sort().at(-1)?.replace(".sql", "");
    assert.deepEqual(response.json(), { version: manifest.version, commit: null, schema: newest });
  });
});
