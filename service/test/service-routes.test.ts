import assert from "node:assert/strict";
import { readdirSync } from "node:fs";

import manifest from "../package.json" with { type: "json" };
import { shareService } from "./support/service.ts";

describe("the routes about the service itself", () => {
  const { service } = shareService();

  it("say which version runs and which schema it needs, to everybody; only a build knows a commit", async () => {
    const response = await service.request("GET /version", { key: null });
    const newest = readdirSync("migrations").sort().at(-1)?.replace(".sql", "");
    assert.deepEqual(response.json(), { version: manifest.version, commit: null, schema: newest });
  });

  it("read the API's document again after it could not be read: what kept it from being opened may be over", async () => {
    const here = process.cwd();
    process.chdir("/");
    const failed = await service.request("GET /openapi.json", { key: null }).finally(() => process.chdir(here));
    assert.equal(failed.statusCode, 500);
    assert.doesNotMatch(failed.body, /ENOENT/);
    assert.equal((await service.request("GET /openapi.json", { key: null })).statusCode, 200);
  });
});
