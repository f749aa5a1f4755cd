import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

import { GetSecretValueCommand, ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

import { AwsError, startAwsJson, type AwsService } from "../../../offline/stand-ins/aws-json";
import { clientOf } from "./clients";

describe("startAwsJson", () => {
  let service: AwsService;
  let client: SecretsManagerClient;

  beforeEach(async () => {
    service = await startAwsJson({
      "secretsmanager.GetSecretValue": ({ SecretId }: { SecretId: string }, caller: string) => {
        if (SecretId === "missing") {
          throw new AwsError("ResourceNotFoundException", "not here");
        }
        if (SecretId === "broken") {
          throw new TypeError("a mistake of the stand-in");
        }
        return { SecretString: `${SecretId} for ${caller}` };
      },
    });
    client = new SecretsManagerClient(clientOf(service.url));
  });

  afterEach(async () => {
    client.destroy();
    await service.stop();
  });

  const get = (SecretId: string): GetSecretValueCommand => new GetSecretValueCommand({ SecretId });

  it("answers the SDK and knows who calls", async () => {
    assert.equal((await client.send(get("a"))).SecretString, "a for AKIATEST");
  });

  it("raises the exceptions of AWS", async () => {
    await assert.rejects(client.send(get("missing")), { name: "ResourceNotFoundException", message: "not here" });
    await assert.rejects(client.send(get("broken")), { name: "InternalFailure", message: "a mistake of the stand-in" });
    await assert.rejects(client.send(new ListSecretsCommand({})), {
      name: "UnknownOperationException", message: "the stand-in has no operation secretsmanager.ListSecrets",
    });
  });

  it("records who has called what, and how it ended", async () => {
    await client.send(get("a"));
    await client.send(get("missing")).catch(() => undefined);
    await service.call("secretsmanager.GetSecretValue", { SecretId: "b", SecretString: "hidden" }, "AKIAINSIDE");
    assert.deepEqual(service.calls.map(({ at, ...call }) => ({ ...call, at: at instanceof Date })), [
      { at: true, caller: "AKIATEST", operation: "secretsmanager.GetSecretValue", input: { SecretId: "a" } },
      {
        at: true,
        caller: "AKIATEST",
        operation: "secretsmanager.GetSecretValue",
        input: { SecretId: "missing" },
        error: "ResourceNotFoundException",
      },
      {
        at: true,
        caller: "AKIAINSIDE",
        operation: "secretsmanager.GetSecretValue",
        input: { SecretId: "b", SecretString: "(left out)" },
      },
    ]);
  });

  it("keeps the latest thousand calls", async () => {
    for (let index = 0; index < 1_001; index += 1) {
      await service.call("secretsmanager.GetSecretValue", { SecretId: String(index) }, "AKIAINSIDE");
    }
    assert.equal(service.calls.length, 1_000);
    assert.deepEqual(service.calls[0]?.input, { SecretId: "1" });
  });

  it("refuses a request that nobody has signed, and one that is not JSON", async () => {
    const post = async (body: string, headers: Record<string, string>): Promise<unknown> => {
      const response = await fetch(service.url, {
        method: "POST", body, headers: { "X-Amz-Target": "secretsmanager.GetSecretValue", ...headers },
      });
      return [response.status, (await response.json() as { __type: string }).__type];
    };
    assert.deepEqual(await post("{}", {}), [403, "MissingAuthenticationTokenException"]);
    const Authorization = "AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/eu-west-1/secretsmanager/aws4_request";
    assert.deepEqual(await post("{", { Authorization }), [400, "SerializationException"]);
  });

  it("is found by the endpoint variable of the SDK", async () => {
    const program = `
      const { SecretsManager } = require("@aws-sdk/client-secrets-manager");
      new SecretsManager().getSecretValue({ SecretId: "a" }).then(({ SecretString }) => console.log(SecretString));`;
    const child = spawn(process.execPath, ["-e", program], {
      cwd: __dirname,
      env: {
        AWS_ENDPOINT_URL_SECRETS_MANAGER: service.url,
        AWS_REGION: "eu-west-1",
        AWS_ACCESS_KEY_ID: "AKIACHILD",
        AWS_SECRET_ACCESS_KEY: "secret",
      },
    });
    assert.equal(await text(child.stdout), "a for AKIACHILD\n");
  });

  it("can be stopped twice, with connections open", async () => {
    await client.send(get("a"));
    await Promise.all([service.stop(), service.stop()]);
    await service.stop();
    await assert.rejects(fetch(service.url), ({ cause }: Error) => (cause as { code: string }).code === "ECONNREFUSED");
  });
});
