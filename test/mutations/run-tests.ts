import { AssertionError } from "node:assert";
import { join, sep } from "node:path";

import Mocha from "mocha";

import { projectFolder } from "../../offline/stack-file";
import type { Answer, Asked, Failure } from "./asked";

/** Many times what a test takes, also on a busy machine. */
const timeout = 120_000;

async function run({ groups, unless }: Asked): Promise<Answer> {
  forgetProgram();
  let tests = 0;
  for (const files of groups) {
    const answer = await runGroup(files.map((file) => join(projectFolder, file)), unless);
    if (answer.failed) {
      return answer;
    }
    tests += answer.tests;
  }
  return { failed: false, tests };
}

/** What the last question has loaded of the project, with all that it keeps; not this runner, nor packages. */
function forgetProgram(): void {
  const ofProgram =
    /^((bootstrap|environments|infra|policy)\/|(index|offline\/(controls-page|policies))\.ts$|test\/(?!mutations\/))/;
  for (const file of Object.keys(require.cache)) {
    if (file.startsWith(projectFolder + sep) && ofProgram.test(nameOf(file))) {
      delete require.cache[file];
    }
  }
  // Whoever has required a module holds it as well.
  for (const parent of Object.values(require.cache)) {
    if (parent !== undefined) {
      parent.children = parent.children.filter(({ id }) => id in require.cache);
    }
  }
}

function runGroup(files: readonly string[], unless: string): Promise<Answer> {
  const mocha = new Mocha({ bail: true, timeout, reporter: Mocha.reporters.Base });
  mocha.grep(new RegExp(unless)).invert();
  files.forEach((file) => mocha.addFile(file));
  let failure: Answer | undefined;
  let tests = 0;
  return new Promise((resolve) => {
    try {
      mocha.run(() => {
        mocha.dispose();
        resolve(failure ?? { failed: false, tests });
      })
        .on("pass", () => {
          tests += 1;
        })
        .on("fail", (test, error) => {
          failure ??= { failed: true, test: `${nameOf(test.file)}: ${test.fullTitle()}`, ...said(error) };
        });
    } catch (error) {
      resolve({ failed: true, test: "a test does not load", ...said(error) });
    }
  });
}

function nameOf(file = ""): string {
  return file.slice(projectFolder.length + 1).replaceAll(sep, "/");
}

function said(error: unknown): { message: string; how: Failure } {
  const message = error instanceof Error ? error.message : String(error);
  const { code } = Object(error) as { code?: unknown };
  const how = code === "ERR_MOCHA_TIMEOUT" ? "hung" : error instanceof AssertionError ? "asserted" : "broken";
  return { message, how };
}

// Under mocha's own command nobody minds them either; between two questions Node would end the process.
process.on("unhandledRejection", () => {});
// The runner is gone, and nobody waits for an answer.
process.on("disconnect", () => process.exit());
process.on("message", (asked: Asked) => void run(asked).then((answer) => process.send?.(answer)));
