import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { SSM } from "@aws-sdk/client-ssm";

import { startSecrets, type Secrets, type SecretsArgs } from "../../../offline/stand-ins/secrets";
import { clientOf } from "./clients";
import { newFolder, removeFolders } from "./folders";

const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:app/dev/key-AbCdEf";
const parameterArn = "arn:aws:ssm:eu-west-1:123456789012:parameter/app/dev/port";
const [first, second] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];

const given: SecretsArgs = {
  secrets: [
    { name: "app/dev/key", arn },
    { name: "rds!db-1", arn: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1-GhIjKl", value: "from RDS" },
  ],
  parameters: [
    { name: "/app/dev/port", arn: parameterArn, type: "String", value: "8080" },
    { name: "/app/dev/token", arn: `${parameterArn}-token`, type: "SecureString", value: "hidden" },
  ],
};

describe("startSecrets", () => {
  const running: (() => unknown)[] = [];

  async function start(
    args: Partial<SecretsArgs> = {},
  ): Promise<{ service: Secrets; manager: SecretsManager; ssm: SSM }> {
    const service = await startSecrets({ ...given, ...args });
    const manager = new SecretsManager(clientOf(service.url));
    const ssm = new SSM(clientOf(service.url));
    running.push(() => manager.destroy(), () => ssm.destroy(), () => service.stop());
    return { service, manager, ssm };
  }

  afterEach(async () => {
    await Promise.all(running.splice(0).map((end) => end()));
    removeFolders();
  });

  describe("as Secrets Manager", () => {
    it("knows a secret by its name, its ARN, and its ARN without the random end", async () => {
      const { manager } = await start();
      for (const SecretId of ["app/dev/key", arn, arn.slice(0, -7)]) {
        const { $metadata, ...secret } = await manager.describeSecret({ SecretId });
        assert.equal($metadata.httpStatusCode, 200);
        assert.deepEqual(secret, { ARN: arn, Name: "app/dev/key" });
      }
    });

    it("knows no other secrets", async () => {
      const { manager } = await start();
      const unknown = { name: "ResourceNotFoundException", message: "Secrets Manager can't find the specified secret." };
      await assert.rejects(manager.describeSecret({ SecretId: "app/dev/other" }), unknown);
      await assert.rejects(manager.getSecretValue({ SecretId: "app/dev/other" }), unknown);
      await assert.rejects(manager.putSecretValue({ SecretId: "app/dev/other", SecretString: "a" }), unknown);
    });

    it("has no value before one is put", async () => {
      const { manager } = await start();
      await assert.rejects(manager.getSecretValue({ SecretId: arn }), {
        name: "ResourceNotFoundException",
        message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      });
    });

    it("hands out the value that was put, text or bytes", async () => {
      const { manager } = await start();
      const put = await manager.putSecretValue({ SecretId: arn, SecretString: "a" });
      assert.deepEqual(put.VersionStages, ["AWSCURRENT"]);
      const got = await manager.getSecretValue({ SecretId: "app/dev/key" });
      assert.deepEqual([got.SecretString, got.VersionId, got.Name, got.ARN], ["a", put.VersionId, "app/dev/key", arn]);
      assert.ok(got.CreatedDate instanceof Date && Math.abs(got.CreatedDate.getTime() - Date.now()) < 60_000);

      await manager.putSecretValue({ SecretId: arn, SecretBinary: Buffer.from([0, 255]) });
      assert.deepEqual([...(await manager.getSecretValue({ SecretId: arn })).SecretBinary!], [0, 255]);
    });

    it("moves AWSCURRENT to a new value, and AWSPREVIOUS to the one before", async () => {
      const { manager } = await start();
      for (const SecretString of ["a", "b", "c"]) {
        await manager.putSecretValue({ SecretId: arn, SecretString });
      }
      assert.equal((await manager.getSecretValue({ SecretId: arn })).SecretString, "c");
      assert.equal((await manager.getSecretValue({ SecretId: arn, VersionStage: "AWSPREVIOUS" })).SecretString, "b");
      const { VersionIdsToStages } = await manager.describeSecret({ SecretId: arn });
      assert.deepEqual(Object.values(VersionIdsToStages!), [["AWSPREVIOUS"], ["AWSCURRENT"]]);
    });

    it("takes the same token with the same value as the same request", async () => {
      const { manager } = await start();
      await manager.putSecretValue({ SecretId: arn, SecretString: "a", ClientRequestToken: first });
      await manager.putSecretValue({ SecretId: arn, SecretString: "b", ClientRequestToken: second });
      const again = await manager.putSecretValue({ SecretId: arn, SecretString: "a", ClientRequestToken: first });
      assert.deepEqual([again.VersionId, again.VersionStages], [first, ["AWSPREVIOUS"]]);
      assert.equal((await manager.getSecretValue({ SecretId: arn })).SecretString, "b");
      await assert.rejects(manager.putSecretValue({ SecretId: arn, SecretString: "c", ClientRequestToken: first }), {
        name: "ResourceExistsException",
      });
    });

    it("refuses a value that is neither text nor bytes", async () => {
      const { manager } = await start();
      await assert.rejects(manager.putSecretValue({ SecretId: arn }), { name: "InvalidRequestException" });
    });

    it("lets a pending value become the current one", async () => {
      const { manager } = await start();
      await manager.putSecretValue({ SecretId: arn, SecretString: "a", ClientRequestToken: first });
      await manager.putSecretValue({
        SecretId: arn, SecretString: "b", ClientRequestToken: second, VersionStages: ["AWSPENDING"],
      });
      assert.equal((await manager.getSecretValue({ SecretId: arn })).SecretString, "a");
      assert.equal((await manager.getSecretValue({ SecretId: arn, VersionStage: "AWSPENDING" })).SecretString, "b");

      const move = { SecretId: arn, VersionStage: "AWSCURRENT", MoveToVersionId: second };
      await assert.rejects(manager.updateSecretVersionStage(move), {
        name: "InvalidParameterException", message: new RegExp(`currently attached to version ${first}`),
      });
      await manager.updateSecretVersionStage({ ...move, RemoveFromVersionId: first });
      await manager.updateSecretVersionStage({ SecretId: arn, VersionStage: "AWSPENDING", RemoveFromVersionId: second });
      assert.deepEqual((await manager.describeSecret({ SecretId: arn })).VersionIdsToStages, {
        [first]: ["AWSPREVIOUS"], [second]: ["AWSCURRENT"],
      });
    });

    it("makes the first value the current one whatever stage is asked for", async () => {
      const { manager } = await start();
      const put = await manager.putSecretValue({ SecretId: arn, SecretString: "a", VersionStages: ["AWSPENDING"] });
      assert.deepEqual(put.VersionStages, ["AWSPENDING", "AWSCURRENT"]);
    });

    it("does not let the current value lose its stage, or stages move from where they are not", async () => {
      const { manager } = await start();
      await manager.putSecretValue({ SecretId: arn, SecretString: "a", ClientRequestToken: first });
      const update = (ids: { RemoveFromVersionId?: string; MoveToVersionId?: string }): Promise<unknown> => (
        manager.updateSecretVersionStage({ SecretId: arn, VersionStage: "AWSCURRENT", ...ids })
      );
      await assert.rejects(update({ RemoveFromVersionId: first }), { name: "InvalidParameterException" });
      await assert.rejects(update({ RemoveFromVersionId: second }), { name: "InvalidParameterException" });
      await assert.rejects(update({ RemoveFromVersionId: first, MoveToVersionId: second }), {
        name: "ResourceNotFoundException",
      });
      await assert.rejects(update({}), { name: "InvalidParameterException" });
    });

    it("finds a value by its version, also together with the right stage", async () => {
      const { manager } = await start();
      await manager.putSecretValue({ SecretId: arn, SecretString: "a", ClientRequestToken: first });
      await manager.putSecretValue({ SecretId: arn, SecretString: "b", ClientRequestToken: second });
      const get = (VersionId: string, VersionStage?: string): Promise<{ SecretString?: string }> => (
        manager.getSecretValue({ SecretId: arn, VersionId, VersionStage })
      );
      assert.equal((await get(first)).SecretString, "a");
      assert.equal((await get(first, "AWSPREVIOUS")).SecretString, "a");
      await assert.rejects(get(first, "AWSCURRENT"), { name: "InvalidRequestException" });
      await assert.rejects(get("33333333-3333-4333-8333-333333333333"), {
        name: "ResourceNotFoundException", message: /for VersionId: 3{8}/,
      });
    });

    it("keeps values in a file that only its owner can read", async () => {
      const valuesFile = path.join(newFolder(), "secrets.json");
      const before = await start({ valuesFile });
      await before.manager.putSecretValue({ SecretId: arn, SecretString: "a", ClientRequestToken: first });
      await before.service.stop();
      assert.equal(fs.statSync(valuesFile).mode & 0o777, 0o600);

      const { manager } = await start({ valuesFile });
      const { SecretString, VersionId } = await manager.getSecretValue({ SecretId: arn });
      assert.deepEqual([SecretString, VersionId], ["a", first]);
      assert.equal((await manager.getSecretValue({ SecretId: "rds!db-1" })).SecretString, "from RDS");
    });

    it("takes another value from AWS than the kept one as a rotation", async () => {
      const valuesFile = path.join(newFolder(), "secrets.json");
      const secret = given.secrets[1]!;
      const before = await start({ valuesFile });
      await before.manager.putSecretValue({ SecretId: arn, SecretString: "written to have a file" });
      const { manager } = await start({ valuesFile, secrets: [{ ...secret, value: "rotated" }] });
      assert.equal((await manager.getSecretValue({ SecretId: secret.name })).SecretString, "rotated");
      const previous = await manager.getSecretValue({ SecretId: secret.name, VersionStage: "AWSPREVIOUS" });
      assert.equal(previous.SecretString, "from RDS");
    });

    it("does not record values", async () => {
      const { service, manager } = await start();
      await manager.putSecretValue({ SecretId: arn, SecretString: "never to be seen" });
      assert.ok(!JSON.stringify(service.calls).includes("never to be seen"));
    });
  });

  describe("as Parameter Store", () => {
    it("knows a parameter by its name, its version, and its ARN", async () => {
      const { ssm } = await start();
      for (const Name of ["/app/dev/port", "/app/dev/port:1", parameterArn]) {
        const { Parameter } = await ssm.getParameter({ Name });
        assert.deepEqual(Parameter, {
          Name: "/app/dev/port", ARN: parameterArn, Type: "String", Value: "8080", Version: 1, DataType: "text",
          LastModifiedDate: new Date(0),
        });
      }
    });

    it("keeps every version of what is written, and gives the history in parts", async () => {
      const { ssm } = await start();
      await assert.rejects(ssm.putParameter({ Name: "/app/dev/port", Value: "1" }), { name: "ParameterAlreadyExists" });
      await assert.rejects(ssm.putParameter({ Name: "/app/dev/new", Value: "1" }), { name: "ValidationException" });
      await assert.rejects(ssm.getParameterHistory({ Name: "/app/dev/new" }), { name: "ParameterNotFound" });

      assert.equal((await ssm.putParameter({ Name: "/app/dev/new", Value: "1", Type: "String" })).Version, 1);
      assert.equal((await ssm.putParameter({ Name: "/app/dev/new", Value: "2", Overwrite: true })).Version, 2);
      assert.equal((await ssm.putParameter({ Name: "/app/dev/port", Value: "9090", Overwrite: true })).Version, 2);

      assert.equal((await ssm.getParameter({ Name: "/app/dev/new" })).Parameter?.Value, "2");
      assert.equal((await ssm.getParameter({ Name: "/app/dev/port:1" })).Parameter?.Value, "8080");
      const first = await ssm.getParameterHistory({ Name: "/app/dev/new", MaxResults: 1 });
      const second = await ssm.getParameterHistory({ Name: "/app/dev/new", MaxResults: 1, NextToken: first.NextToken });
      assert.deepEqual([first, second].flatMap(({ Parameters = [] }) => Parameters.map(({ Value }) => Value)), ["1", "2"]);
      assert.equal(second.NextToken, undefined);
    });

    it("knows no other parameters", async () => {
      const { ssm } = await start();
      await assert.rejects(ssm.getParameter({ Name: "/app/dev/other" }), { name: "ParameterNotFound" });
      const { Parameters, InvalidParameters } = await ssm.getParameters({ Names: ["/app/dev/other", "/app/dev/port"] });
      assert.deepEqual(Parameters?.map(({ Value }) => Value), ["8080"]);
      assert.deepEqual(InvalidParameters, ["/app/dev/other"]);
    });

    it("decrypts a secure one only when asked to", async () => {
      const { ssm } = await start();
      const value = async (WithDecryption?: boolean): Promise<string | undefined> => (
        (await ssm.getParameter({ Name: "/app/dev/token", WithDecryption })).Parameter?.Value
      );
      assert.equal(await value(true), "hidden");
      assert.notEqual(await value(), "hidden");
    });

    it("reads at most ten parameters at a time", async () => {
      const { ssm } = await start();
      const eleven = Array.from({ length: 11 }, (_, index) => `/${index}`);
      assert.equal((await ssm.getParameters({ Names: eleven.slice(1) })).InvalidParameters?.length, 10);
      await assert.rejects(ssm.getParameters({ Names: eleven }), { name: "ValidationException" });
    });
  });
});
