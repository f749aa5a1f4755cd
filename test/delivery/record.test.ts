import { strict as assert } from "node:assert";

import { isRecorded, readRecord, recordHistory, writeRecord, type DeploymentRecord } from "../../delivery/deployment/record";
import { deploymentRecord } from "../../delivery/names";
import { startSecrets, type Secrets } from "../../offline/stand-ins/secrets";
import { clonedRepository } from "../clone";
import { setEnvironment } from "../engine/environment";
import { exampleDelivery } from "../example/delivery";

const record: DeploymentRecord = {
  commit: "c".repeat(40), image: `registry.example.com/accounts@sha256:${"a".repeat(64)}`, run: "17", result: "deploying",
};

describe("the record of a deployment", () => {
  let aws: Secrets;
  let restore: () => void;

  beforeEach(async () => {
    aws = await startSecrets({ secrets: [], parameters: [] });
    restore = setEnvironment({
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
      AWS_ENDPOINT_URL_SSM: aws.url,
      AWS_ACCESS_KEY_ID: "deploy",
      AWS_SECRET_ACCESS_KEY: "stand-in",
      AWS_PROFILE: undefined,
    });
  });

  afterEach(async () => {
    restore();
    await aws.stop();
  });

  it("is none for a stack that was never deployed", async () => {
    assert.equal(await readRecord("prod"), undefined);
    assert.deepEqual(await recordHistory("prod"), []);
  });

  it("is what was written last, of each stack its own, and the history is the latest first", async () => {
    await writeRecord("dev", { ...record, run: "16" });
    for (const result of ["deploying", "failed", "deployed"] as const) {
      await writeRecord("prod", { ...record, result });
    }

    assert.deepEqual(await readRecord("prod"), { ...record, result: "deployed" });
    assert.equal((await readRecord("dev"))?.run, "16");
    const history = await recordHistory("prod");
    assert.deepEqual(history.map(({ result }) => result), ["deployed", "failed", "deploying"]);
    assert.ok(history.every(({ at }) => Math.abs(at.getTime() - Date.now()) < 60_000));
  });

  it("has a history of more than one answer", async () => {
    for (let run = 1; run <= 51; run += 1) {
      await writeRecord("dev", { ...record, run: String(run) });
    }

    const runs = (await recordHistory("dev")).map(({ run }) => Number(run));
    assert.deepEqual([runs.length, runs[0], runs.at(-1)], [51, 51, 1]);
  });

  it("is not guessed at where somebody has written something else", async () => {
    for (const Value of ["deployed", JSON.stringify({ ...record, result: "done" }), JSON.stringify({ ...record, commit: "main" })]) {
      const wrong = { Name: deploymentRecord("prod"), Value, Type: "String", Overwrite: true };
      await aws.call("AmazonSSM.PutParameter", wrong, "somebody");
      await assert.rejects(recordHistory("prod"), /the parameter \/pipeline-accounts\/prod is ".+", but must be a record/);
      await assert.rejects(readRecord("prod"), /the parameter \/pipeline-accounts\/prod is ".+", but must be a record/);
    }

    await writeRecord("prod", record);
    assert.deepEqual((await recordHistory("prod")).map(({ run, result }) => [run, result]), [[record.run, record.result]]);
  });

  it("is kept for the stacks of a pipeline that was set up", () => {
    const example = exampleDelivery(["dev", "prod"]);
    const setUp = { ...example, repository: clonedRepository };
    assert.equal(isRecorded("dev", setUp), true);
    assert.equal(isRecorded("pr-7", setUp), false);
    assert.equal(isRecorded("dev", example), false);
  });
});
