import assert from "node:assert/strict";

import { fuzz } from "./fuzz/fuzz.ts";
import { missedAnswers, tableOf } from "./fuzz/report.ts";
import { Target } from "./fuzz/target.ts";
import { buildMutated, buildService, type Build } from "./support/process.ts";

/** Another one each day would find more, and fail where nobody changed anything: that is what `npm run fuzz` is for. */
const SEED = 20_261_123;

describe("any request", function () {
  this.timeout(120_000);

  let build: Build;
  let target: Target;

  afterEach(async () => {
    assert.equal(await target.stop(), 0);
    build.remove();
  });

  it("is answered as documented: valid, nearly valid or hostile; refusals change nothing, each answer has its line of log", async () => {
    build = await buildService();
    target = await Target.start(build);
    const summary = await fuzz(target, { requests: 3_000, seed: SEED, shrinks: true });

    assert.ok(summary.failure === undefined, summary.failure);
    assert.deepEqual(missedAnswers(summary), [], `some documented answers were never seen:\n${tableOf(summary)}`);
  });

  it("that PostgreSQL cannot store is found by the fuzz when the service does not refuse it: the fuzz can fail", async () => {
    build = await buildMutated(
      { file: "json-limits.ts", replace: "value.includes(\"\\0\")", by: "value.includes(\"no such text\")" },
      { file: "plugins/errors.ts", replace: "state.startsWith(\"22\")", by: "state.startsWith(\"no such state\")" },
    );
    target = await Target.start(build);
    const { failure } = await fuzz(target, { requests: 3_000, seed: SEED, shrinks: false });

    assert.match(failure ?? "none", / 500: /);
  });
});
