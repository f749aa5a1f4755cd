import { strict as assert } from "node:assert";

import { readPreviewArgs } from "../../delivery/preview";

describe("the arguments of npm run preview", () => {
  const rows: [args: string, read: ReturnType<typeof readPreviewArgs>][] = [
    ["dev", { stack: "dev", rest: [] }],
    ["dev --diff --target urn", { stack: "dev", rest: ["--diff", "--target", "urn"] }],
    ["prod --comment", { stack: "prod", report: {}, rest: [] }],
    ["prod --comment --expect-no-changes", { stack: "prod", report: {}, rest: ["--expect-no-changes"] }],
    ["prod --comment-file a.md", { stack: "prod", report: { file: "a.md" }, rest: [] }],
    ["prod --comment-file=a.md --diff", { stack: "prod", report: { file: "a.md" }, rest: ["--diff"] }],
    ["prod --pull-request 7 -c accounts:image=x", { stack: "prod", report: { pullRequest: 7 }, rest: ["-c", "accounts:image=x"] }],
    ["prod -c a=b --comment", { stack: "prod", report: {}, rest: ["-c", "a=b"] }],
  ];
  for (const [args, read] of rows) {
    it(`are ${args}`, () => assert.deepEqual(readPreviewArgs(args.split(" ")), read));
  }

  const wrong: [args: string, message: RegExp][] = [
    ["", /the stack is "", but must be one of dev, prod: npm run preview -- <stack>/],
    ["--diff", /the stack is "--diff", but must be one of dev, prod/],
    ["staging", /the stack is "staging"/],
    ["dev --pull-request seven", /--pull-request is "seven", but must be the number of a pull request/],
    ["dev --pull-request 0", /--pull-request is "0"/],
    ["dev --comment-file", /--comment-file/],
  ];
  for (const [args, message] of wrong) {
    it(`are not ${args || "none"}`, () => assert.throws(() => readPreviewArgs(args.split(" ")), message));
  }
});
