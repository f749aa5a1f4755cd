import { strict as assert } from "node:assert";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { generate } from "selfsigned";

import { close, listen } from "../../offline/stand-ins/local-server";
import { startSecrets, type Secrets } from "../../offline/stand-ins/secrets";
import { startSts, type Sts } from "../../offline/stand-ins/sts";
import { apiKey } from "../../offline/twin/api-key";
import { Stops } from "../../offline/twin/stops";
import { startTwin, type Twin } from "../../offline/twin/twin";
import { version } from "../../service/package.json";
import { ExampleProject } from "../example/project";
import { callsOf, installFakePulumi } from "./fake-pulumi";
import { npmRun } from "./shell";

interface Spoiled {
  readonly status: number;
  readonly body?: object;
  readonly headers?: object;
}

const key = "k".repeat(43);
const json = { "content-type": "application/json" };

describe("npm run smoke", function () {
  this.timeout(60_000);

  describe("against the service behind its load balancer", () => {
    const directory = mkdtempSync(join(tmpdir(), "smoke-"));
    // Open to PostgreSQL, which runs as another user where the tests run as root.
    chmodSync(directory, 0o755);
    const stops = new Stops();
    const environment = { ...process.env };
    let twin: Twin;
    let env: NodeJS.ProcessEnv;

    before(async () => {
      twin = await startTwin({ stack: "dev", directory, fresh: true, port: 0, onProgress: () => undefined }, stops);
      env = { API_KEY: await apiKey(twin) };
    });

    after(async () => {
      await stops.run();
      rmSync(directory, { recursive: true, force: true });
      process.env = environment;
    });

    const users = async () => {
      const response = await fetch(`${twin.balancer.url}/v1/users`, { headers: { authorization: `Bearer ${env.API_KEY}` } });
      return ((await response.json()) as { items: unknown[] }).items.length;
    };

    it("sees the five steps and only reads", async () => {
      const before = twin.balancer.accessLog.length;
      const { code, stdout, stderr } = await npmRun("smoke", [twin.balancer.url, "--version", version], { env });

      assert.equal(code, 0, stdout + stderr);
      assert.deepEqual(stdout.match(/^ok {5}\d .+ \(\d+ ms\)$/gm)?.length, 5, stdout);
      assert.ok(stdout.includes(`\n         ready; version ${version}, commit unknown\n`), stdout);
      assert.deepEqual(new Set(twin.balancer.accessLog.slice(before).map(({ method }) => method)), new Set(["GET"]));
      assert.ok(!stdout.includes(env.API_KEY!), "the key is in the output");
    });

    it("with --write stores a user and deletes it again", async () => {
      const { code, stdout, stderr } = await npmRun("smoke", [twin.balancer.url, "--write"], { env });

      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /stored user [0-9a-f-]{36}$/m);
      assert.match(stdout, /^ok {5}clean-up \(\d+ ms\)\n {9}deleted user [0-9a-f-]{36}$/m);
      assert.equal(await users(), 0);
    });

    it("works with the key that the migration made for it, which can do nothing but read", async () => {
      const { SecretString } = await twin.secrets.call<{ SecretString: string }>(
        "secretsmanager.GetSecretValue", { SecretId: twin.parts.service.apiKeysSecretArn }, "the-test");
      const { clients } = JSON.parse(SecretString) as { clients: Record<string, { current: string }> };
      const ofSmoke = { API_KEY: clients["smoke"]?.current };

      assert.equal((await npmRun("smoke", [twin.balancer.url], { env: ofSmoke })).code, 0);
      const written = await npmRun("smoke", [twin.balancer.url, "--write"], { env: ofSmoke });
      assert.equal(written.code, 1);
      assert.match(written.stderr, /^the smoke test failed at "3 [^"]+": POST \/v1\/users answers 403/);
    });

    it("fails where another version runs than the one that should", async () => {
      const { code, stderr } = await npmRun("smoke", [twin.balancer.url, "--commit", "abc", "--timeout", "1"], { env });

      assert.equal(code, 1);
      assert.equal(stderr, 'the smoke test failed at "2 the load balancer passes it to a healthy task": '
        + "commit unknown runs, but abc should\n");
    });

    it("does not wait for a wrong key to become right", async () => {
      const began = Date.now();
      const { code, stdout } = await npmRun("smoke", [twin.balancer.url, "--timeout", "60"], { env: { API_KEY: key } });

      assert.equal(code, 1);
      assert.match(stdout, /^FAILED 3 .*\n {9}GET \/v1\/users\?limit=1 answers 401: no client has this API key, but/m);
      assert.match(stdout, /^FAILED 4 .*\n {9}not reached$/m);
      assert.ok(Date.now() - began < 30_000);
    });
  });

  describe("against a service that is not well", () => {
    let server: http.Server;
    let url: string;
    let seen: string[];
    /** What the service answers, where it does not answer well. */
    let spoil: (request: http.IncomingMessage, times: number) => Spoiled | undefined;

    const handle = (request: http.IncomingMessage, response: http.ServerResponse): void => {
      const name = `${request.method} ${request.url?.split("?")[0]}`;
      const spoiled = spoil(request, seen.filter((earlier) => earlier === name).length);
      seen.push(name);
      const { status, body = {}, headers } = spoiled ?? well(request, seen.includes("DELETE /v1/users/1"));
      request.resume().on("end", () => {
        response.writeHead(status, { ...json, "x-request-id": requestIdOf(request), ...headers });
        response.end(status === 204 ? undefined : JSON.stringify(body));
      });
    };

    beforeEach(async () => {
      seen = [];
      spoil = () => undefined;
      server = http.createServer(handle);
      url = `http://127.0.0.1:${await listen(server)}`;
    });

    afterEach(() => close(server));

    const run = (...words: string[]) => npmRun("smoke", [url, ...words], { env: { API_KEY: key } });

    it("tries again while a deployment settles, and says so", async () => {
      spoil = ({ url: path }, times) => path === "/health/ready" && times === 0 ? { status: 503 } : undefined;
      const { code, stdout } = await run();

      assert.equal(code, 0, stdout);
      assert.match(stdout, /version 1\.0\.0, commit abc \(at try 2; before: GET \/health\/ready answers 503, but/);
    });

    it("gives up when its time is over", async () => {
      spoil = ({ url: path }) => path === "/health/ready" ? { status: 503, headers: { server: "awselb/2.0" } } : undefined;
      const { code, stderr } = await run("--timeout", "2");

      assert.equal(code, 1);
      assert.match(stderr, /answers 503 by the load balancer itself, which has no task that answers/);
      assert.equal(seen.filter((name) => name === "GET /health/ready").length, 2);
    });

    it("fails while tasks of two versions answer", async () => {
      spoil = ({ url: path }, times) => path === "/version" && times > 3
        ? { status: 200, body: { version: "0.9.0", commit: null } } : undefined;
      const { code, stderr } = await run("--timeout", "0");

      assert.equal(code, 1);
      assert.match(stderr, /tasks of several versions answer: 1\.0\.0, commit abc and 0\.9\.0, commit unknown$/m);
    });

    it("deletes what it stored when a later step fails", async () => {
      spoil = ({ method, url: path }) => method === "GET" && path === "/v1/users?limit=1" ? { status: 200 } : undefined;
      const { code, stdout, stderr } = await run("--write", "--timeout", "0");

      assert.equal(code, 1);
      assert.match(stderr, /^the smoke test failed at "4 .*answers 200 without a key, but must refuse it$/m);
      assert.match(stdout, /^ok {5}clean-up .*\n {9}deleted user 1$/m);
      assert.ok(seen.includes("DELETE /v1/users/1"));
    });

    it("deletes what was stored although the answer was lost", async () => {
      spoil = ({ method, url: path }) => method === "POST" && path === "/v1/users" ? { status: 502 } : undefined;
      const { code, stdout } = await run("--write", "--timeout", "0");

      assert.equal(code, 1);
      assert.match(stdout, /^ok {5}clean-up .*\n {9}deleted user 1$/m);
    });

    it("fails when what it stored could not be deleted", async () => {
      spoil = ({ method }) => method === "DELETE" ? { status: 500 } : undefined;
      const { code, stderr } = await run("--write", "--timeout", "0");

      assert.equal(code, 1);
      assert.match(stderr, /^the smoke test failed at "clean-up": DELETE \/v1\/users\/1 answers 500/);
    });

    it("fails when the answer is not the one to its request", async () => {
      spoil = ({ url: path }) => path === "/health/ready"
        ? { status: 200, headers: { "x-request-id": "1-00000000-000000000000000000000000" } } : undefined;
      const { code, stderr } = await run("--timeout", "0");

      assert.equal(code, 1);
      assert.match(stderr, /GET \/health\/ready answers 200 without the id of the request$/m);
    });

    it("checks the certificate where the address is of HTTPS", async () => {
      const { private: privateKey, cert } = await generate([{ name: "commonName", value: "localhost" }], {
        extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
      });
      const secure = https.createServer({ key: privateKey, cert }, handle);
      const folder = mkdtempSync(join(tmpdir(), "smoke-ca-"));
      try {
        writeFileSync(join(folder, "ca.pem"), cert);
        const address = `https://localhost:${await listen(secure)}`;
        const known = { API_KEY: key, NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") };
        const trusted = await npmRun("smoke", [address], { env: known });
        assert.equal(trusted.code, 0, trusted.stdout + trusted.stderr);
        assert.match(trusted.stdout, /answers 200; TLSv1\.3, certificate until /);

        const unknown = await npmRun("smoke", [address, "--timeout", "0"], { env: { API_KEY: key } });
        assert.equal(unknown.code, 1);
        assert.match(unknown.stderr, /at "1 .*GET \/health\/live got no answer: self-signed certificate/);
      } finally {
        await close(secure);
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });

  describe("of a stack", () => {
    const accountId = "123456789012";
    const arn = `arn:aws:secretsmanager:eu-west-1:${accountId}:secret:accounts/dev/service/api-keys-AbCdEf`;
    let project: ExampleProject;
    let folder: string;
    let sts: Sts;
    let secrets: Secrets;
    let env: NodeJS.ProcessEnv;

    before(() => {
      project = new ExampleProject();
    });

    after(() => project.remove());

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), "smoke-stack-"));
      sts = await startSts({ accountId, arn: `arn:aws:iam::${accountId}:user/somebody` });
      const clients = { default: { current: "wrong" }, smoke: { current: key } };
      secrets = await startSecrets({
        secrets: [{ name: "accounts/dev/service/api-keys", arn, value: JSON.stringify({ clients }) }], parameters: [],
      });
      env = {
        PATH: [folder, dirname("/bin/sh"), process.env.PATH].join(delimiter),
        AWS_ENDPOINT_URL_STS: sts.url, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
        AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: "secret",
      };
    });

    afterEach(async () => {
      await Promise.all([sts.stop(), secrets.stop()]);
      rmSync(folder, { recursive: true, force: true });
    });

    const smoke = (...words: string[]) => npmRun("smoke", ["--stack", "dev", ...words], { env, folder: project.folder });

    it("takes the address from the stack's outputs and the key of the client `smoke` from Secrets Manager", async () => {
      const server = http.createServer((request, response) => {
        const { status, body, headers } = well(request);
        response.writeHead(status, { ...json, "x-request-id": requestIdOf(request), ...headers });
        response.end(JSON.stringify(body));
      });
      try {
        const url = `http://127.0.0.1:${await listen(server)}`;
        installFakePulumi(join(folder, "pulumi"), { outputs: { url, apiKeysSecretArn: arn } });
        const { code, stdout, stderr } = await smoke();

        assert.equal(code, 0, stdout + stderr);
        assert.deepEqual(callsOf(join(folder, "pulumi")).map(({ args }) => args.join(" ")), ["stack output --json --stack dev"]);
      } finally {
        await close(server);
      }
    });

    it("says which clients there are, when the one asked for is not among them", async () => {
      installFakePulumi(join(folder, "pulumi"), { outputs: { url: "http://127.0.0.1:9", apiKeysSecretArn: arn } });
      const { code, stderr } = await smoke("--client", "shop");

      assert.equal(code, 1);
      assert.equal(stderr, `the secret ${arn} has no client "shop", but default, smoke: `
        + "name one of them with --client, or add it to the secret's value\n");
    });

    it("refuses credentials of another account before anything else", async () => {
      await sts.stop();
      sts = await startSts({ accountId: "210987654321", arn: "arn:aws:iam::210987654321:user/somebody" });
      env["AWS_ENDPOINT_URL_STS"] = sts.url;
      installFakePulumi(join(folder, "pulumi"));
      const { code, stderr } = await smoke();

      assert.equal(code, 1);
      assert.equal(stderr, "the AWS credentials are of account 210987654321, but the stack belongs to 123456789012: "
        + "log in to that account\n");
      assert.deepEqual([callsOf(join(folder, "pulumi")), secrets.calls], [[], []]);
    });
  });

  const refusals: [words: string[], env: NodeJS.ProcessEnv, message: RegExp][] = [
    [[], { API_KEY: key }, /^"" names nothing: npm run smoke -- <url>/],
    [["http://a.test", "--stack", "dev"], { API_KEY: key }, /^"http:\/\/a\.test --stack dev" names too much: npm run/],
    [["a.test"], { API_KEY: key }, /^"a\.test" is no address, but must be like https:\/\/accounts\.example\.com: npm run/],
    [["http://a.test"], {}, /^API_KEY is not set: .* which --stack <stack> in the place of the url reads/],
    [["http://a.test", "--key", key], { API_KEY: key }, /^Unknown option '--key': npm run smoke/],
    [["http://a.test", "--timeout", "soon"], { API_KEY: key }, /^--timeout is "soon", but must be 0 to 9999 seconds$/],
    [["--stack", "nowhere"], {}, /^there is no Pulumi\.nowhere\.yaml: the committed stacks are dev, .*prod/],
  ];
  for (const [words, env, message] of refusals) {
    it(`refuses "${words.join(" ").replace(key, "...")}" in one line`, async () => {
      const { code, stdout, stderr } = await npmRun("smoke", words, { env });

      assert.equal(code, 1);
      assert.match(stderr.trim(), message);
      assert.equal(stderr.trim().split("\n").length, 1);
      assert.equal(stdout, "");
    });
  }
});

function requestIdOf({ headers }: http.IncomingMessage): string {
  return String(headers["x-amzn-trace-id"]).replace("Root=", "");
}

/** The service at its best, with one user. */
function well({ method, url = "", headers }: http.IncomingMessage, deleted = false): Spoiled {
  const user = { id: "1", email: "a@example.com" };
  const [path] = url.split("?");
  switch (`${method} ${path}`) {
    case "GET /version":
      return { status: 200, body: { version: "1.0.0", commit: "abc" } };
    case "POST /v1/users":
      return { status: 201, body: user };
    case "DELETE /v1/users/1":
      return { status: 204 };
    case "GET /v1/users/1":
      return deleted ? { status: 404 } : { status: 200, body: user };
    case "GET /v1/users":
      return headers.authorization === `Bearer ${key}`
        ? { status: 200, body: { items: [user] } }
        : { status: 401, headers: { "www-authenticate": 'Bearer realm="accounts"' } };
    default:
      return { status: 200 };
  }
}
