import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { freePort } from "../../offline/stand-ins/local-server.ts";
import { arns, startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { buildService, Program, type Build } from "./support/process.ts";
import { apiKeysSecret, startService } from "./support/service.ts";

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
  + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

describe("the API's page", () => {
  let environment: TestEnvironment;

  before(async () => {
    environment = await startEnvironment();
    await environment.migrate();
    await environment.putSecret(arns.apiKeys, apiKeysSecret);
  });
  after(() => environment.stop());

  it("is not there unless it is asked for", async () => {
    const service = await startService(environment);
    for (const path of ["/docs", "/docs/", "/docs/static/swagger-ui-bundle.js"] as const) {
      assert.equal((await service.request(`GET ${path}`, { key: null })).statusCode, 404, path);
    }
    await service.stop();
  });

  it("leaves the rest as it is: the same document, no key for the page, and none the less for the API", async () => {
    const [without, withPage] = [await startService(environment), await startService(environment, { API_PAGE: "true" })];
    assert.deepEqual(withPage.app.swagger(), (await without.request("GET /openapi.json", { key: null })).json());
    assert.equal((await withPage.request("GET /docs", { key: null })).statusCode, 200);
    assert.equal((await withPage.request("GET /v1/users", { key: null })).statusCode, 401);
    assert.equal((await withPage.request("PATCH /v1/users")).statusCode, 405);
    assert.equal((await withPage.request("GET /nowhere")).statusCode, 404);
    await Promise.all([without.stop(), withPage.stop()]);
  });

  describe("of the build", () => {
    let build: Build;
    let server: Program | undefined;
    let url: string;

    const serve = async (page: boolean): Promise<void> => {
      const port = await freePort();
      url = `http://127.0.0.1:${port}`;
      server = new Program(build, "server.mjs", { ...environment.variables, PORT: String(port), API_PAGE: String(page) });
      await server.logged("started");
    };

    before(async () => {
      build = await buildService();
    });
    afterEach(async () => {
      server?.signal("SIGKILL");
      await server?.ended;
    });
    after(() => build.remove());

    it("is complete, and loads and runs nothing but what this service serves as files", async () => {
      await serve(true);
      const response = await fetch(`${url}/docs`);
      const page = await response.text();
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-security-policy"), policy);
      assert.equal(response.headers.get("cache-control"), "no-store");
      assert.match(page, /<title>accounts API<\/title>/);
      assert.doesNotMatch(page, /<script>|<script [^>]*>[^<]*\S[^<]*<\/script>|<style|style=|onload=/, "a script or style within the page");

      const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!);
      assert.ok(files.length >= 6 && files.every((file) => file.startsWith("/docs/static/")), files.join());
      for (const file of files) {
        const { status, headers } = await fetch(`${url}${file}`);
        assert.equal(status, 200, file);
        assert.equal(headers.get("cache-control"), "public, max-age=3600", file);
        assert.equal(headers.get("x-content-type-options"), "nosniff", file);
      }
      assert.equal((await fetch(`${url}/docs/static/nothing.js`)).headers.get("cache-control"), "no-store");
      assert.deepEqual(await (await fetch(`${url}/docs/json`)).json(), await (await fetch(`${url}/openapi.json`)).json());
    });

    it("does not give away other files of the program", async () => {
      await serve(true);
      for (const path of ["static/%2e%2e/server.mjs", "static/..%2fserver.mjs", "%2e%2e%2fserver.mjs", "static/", "static"]) {
        const { status } = await fetch(`${url}/docs/${path}`);
        assert.ok([400, 404].includes(status), `${path} is answered with ${status}`);
      }
    });

    it("costs nothing when it is off: its code is a file of its own, which the program does not look at then", async () => {
      const code = readdirSync(build.folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".mjs"))
        .filter((file) => readFileSync(join(build.folder, file), "utf8").includes("swagger-initializer.js"));
      assert.equal(code.length, 1, code.join());
      assert.match(code[0]!, /^chunks\/swagger-ui-/);
      rmSync(join(build.folder, code[0]!));
      rmSync(join(build.folder, "api-page"), { recursive: true });

      await serve(false);
      assert.equal((await fetch(`${url}/docs`)).status, 404);
      assert.equal((await fetch(`${url}/openapi.json`)).status, 200);
    });
  });
});
