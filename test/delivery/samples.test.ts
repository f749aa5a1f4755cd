import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { readEvents } from "../../delivery/pulumi/engine-events";
import { driftReport, previewComment, subjectOf } from "../../delivery/report/comments";
import { examplePlace } from "../example/project";
import { before } from "./steps";

/** What Pulumi 3.259 has written in `test/engine`, without what is not of interest. */
const recorded = (name: string): string => readFileSync(join(__dirname, "event-logs", `${name}.jsonl`), "utf8");

const job = {
  commit: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
  page: "https://github.com/octo-org/accounts/actions/runs/1",
};

const subject = (stack: string) => ({ ...subjectOf(stack), ...examplePlace(stack) });

const preview = (stack: string, log: string, code = 0) =>
  previewComment({ ...readEvents(log), subject: subject(stack), job, code, stderr: "", notes: [] });

const inputs = { identifier: "accounts-prod-1", instanceClass: "db.m7g.large", storageEncrypted: true };
const replaced = {
  old: { inputs, protect: true },
  new: { inputs: { ...inputs, storageEncrypted: false }, protect: true },
  keys: ["storageEncrypted"],
};

describe("the samples of what a reviewer reads", () => {
  const samples: [name: string, text: () => string][] = [
    ["one-setting", () => preview("dev", recorded("one-setting"))],
    ["setting-of-the-service", () => preview("dev", recorded("setting-of-the-service"))],
    ["new-resource", () => preview("dev", recorded("new-resource"))],
    ["database-replaced", () => preview("prod", before(
      { op: "create-replacement", ...replaced }, { op: "replace", ...replaced }, { op: "delete-replaced", old: replaced.old },
    ))],
    ["failed-preview", () => preview("prod", recorded("failed-preview"), 1)],
    ["drift", () => driftReport(subject("prod"), job, readEvents(recorded("drift")))],
  ];
  for (const [name, text] of samples) {
    it(`are true: ${name}`, () => {
      const file = join(__dirname, "samples", `${name}.md`);
      assert.equal(text(), readFileSync(file, "utf8"), `${file} is not what is said now`);
    });
  }
});
