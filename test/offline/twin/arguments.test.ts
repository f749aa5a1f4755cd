import assert from "node:assert/strict";
import { join } from "node:path";

import { readArguments } from "../../../offline/twin/arguments";

const stacks = ["dev", "prod"];
const read = (words: string[], environment = {}) => readArguments(words, environment, stacks);

describe("the arguments of npm start", () => {
  it("run dev on port 8080 when nothing is said", () => {
    assert.deepEqual(read([]), { stack: "dev", once: false, fresh: false, directory: undefined, port: 8080 });
  });

  it("take a stack, flags in any order, and PORT", () => {
    assert.deepEqual(read(["--fresh", "prod", "--once", "--directory=/tmp/x"], { PORT: "0" }),
      { stack: "prod", once: true, fresh: true, directory: "/tmp/x", port: 0 });
  });

  it("take a relative folder as one of the place where they were said", () => {
    assert.equal(read(["--directory=x/y"]).directory, join(process.cwd(), "x", "y"));
  });

  const refused: [string, string[], NodeJS.ProcessEnv, RegExp][] = [
    ["a stack without a file", ["staging"], {}, /no stack "staging".*dev, prod/],
    ["two stacks", ["dev", "prod"], {}, /dev prod are 2 stacks, but one can run/],
    ["an unknown flag", ["--one"], {}, /--one is not known: npm start -- \[stack\]/],
    ["a directory without a name", ["--directory="], {}, /--directory= is not known/],
    ["a flag that npm kept for itself", [], { npm_config_once: "true" }, /npm kept --once for itself.*npm start -- \[stack\]/],
    ["a call for help, with it", ["--help"], {}, /^npm start -- \[stack\] \[--once\]/],
    ["a port that is no number", [], { PORT: "http" }, /PORT is "http", but must be 1 to 65535, or 0/],
    ["a port that is too high", [], { PORT: "70000" }, /PORT is "70000"/],
    ["an empty port", [], { PORT: "" }, /PORT is ""/],
  ];
  for (const [what, words, environment, message] of refused) {
    it(`refuse ${what} in one line`, () => {
      assert.throws(() => read(words, environment), (error: Error) => message.test(error.message) && !error.message.includes("\n"));
    });
  }
});
