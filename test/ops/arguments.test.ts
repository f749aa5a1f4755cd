import { strict as assert } from "node:assert";

import { readArguments } from "../../ops/arguments";

const read = (...words: string[]) => readArguments(words, {}, ["dev", "prod"]);
const common = { stack: "dev", dryRun: false, yes: false };

describe("the arguments of npm run ops", () => {
  const understood: [words: string, request: object][] = [
    ["status --dry-run", { dryRun: true, command: "status" }],
    ["logs", { command: "logs", of: "service", sinceMilliseconds: 1_800_000, level: undefined, request: undefined, follow: false }],
    ["logs migration --follow --since 2h --level warn --request 1-a",
      { command: "logs", of: "migration", sinceMilliseconds: 7_200_000, level: "warn", request: "1-a", follow: true }],
    ["run migrate", { command: "run", program: ["migrate.mjs"] }],
    ["rotate", { command: "run", program: ["rotate.mjs"] }],
    ["rotate api-key shop --drop-previous", { command: "run", program: ["rotate.mjs", "api-key", "shop", "--drop-previous"] }],
    ["run rotate api-key shop", { command: "run", program: ["rotate.mjs", "api-key", "shop"] }],
    ["rollback", { command: "rollback", digest: undefined, now: false }],
    ["rollback previous --now --yes", { yes: true, command: "rollback", digest: "previous", now: true }],
    ["scale 3 6 --now", { command: "scale", minTasks: 3, maxTasks: 6, now: true }],
    ["restore time:2026-01-31T09:30:00Z", { command: "restore", step: "time:2026-01-31T09:30:00Z", now: false }],
    ["restore back --now", { command: "restore", step: "back", now: true }],
  ];
  for (const [words, request] of understood) {
    it(`understand "${words}"`, () => {
      assert.deepEqual(read("dev", ...words.split(" ")), { ...common, ...request });
    });
  }

  const refused: [words: string[], message: RegExp][] = [
    [[], /^no stack is named: Pulumi\.<stack>\.yaml exists for dev, prod; npm run ops -- <stack> status \| logs/],
    [["nowhere", "status"], /^there is no stack "nowhere": Pulumi\.<stack>\.yaml exists for dev, prod; npm run ops/],
    [["dev"], /^no command is named: npm run ops -- <stack> status/],
    [["dev", "restart"], /^there is no command "restart": npm run ops -- <stack> status \| logs/],
    [["dev", "status", "--follow"], /^status knows no --follow: npm run ops -- dev status \[--dry-run\]$/],
    [["dev", "logs", "--levle", "warn"], /^Unknown option '--levle': npm run ops/],
    [["dev", "logs", "--level", "loud"], /^--level is "loud", but must be one of trace, debug, info, warn, error, fatal$/],
    [["dev", "logs", "--since", "soon"], /^--since is "soon", but must be a number with s, m, h or d, such as 30m$/],
    [["dev", "run", "anything"], /^run does not understand "anything": npm run ops -- dev run migrate \| rotate/],
    [["dev", "rotate", "--drop-previous"], /^rotate does not understand "": npm run ops -- dev rotate \[api-key/],
    [["dev", "scale", "3"], /^scale does not understand "3": npm run ops -- dev scale <min> <max>/],
    [["dev", "restore", "yesterday"], /^"yesterday" is no step of a restore, but must be snapshot:<identifier>, time:/],
    [["dev", "restore", "time:2026-02-30T00:00:00Z"], /^"time:2026-02-30T00:00:00Z" is no step of a restore/],
  ];
  for (const [words, message] of refused) {
    it(`refuse "${words.join(" ")}" in one line with what is allowed`, () => {
      assert.throws(() => read(...words), (error: Error) => {
        assert.match(error.message, message);
        assert.equal(error.message.split("\n").length, 1);
        return true;
      });
    });
  }
});
