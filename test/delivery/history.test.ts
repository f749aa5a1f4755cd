import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { Clone } from "../clone";

describe("the history of a checkout", function () {
  this.timeout(60_000);
  let repository: Clone;

  before(() => {
    repository = new Clone();
  });

  after(() => repository.remove());

  /** What `delivery/deployment/history.ts` of that checkout says. */
  function ask(question: string): unknown {
    const script = `import("./delivery/deployment/history.ts").then(async (history) => console.log(JSON.stringify(await history.${question})))`;
    const answer = execFileSync(process.execPath, ["--import", "tsx", "--eval", script], { cwd: repository.folder, encoding: "utf8" });
    return JSON.parse(answer);
  }

  function commit(message: string): string {
    writeFileSync(join(repository.folder, "note"), message);
    return repository.commit(message);
  }

  it("tells which commit came before which, and of one that is not there nothing", () => {
    const first = repository.head;
    const second = commit("second");

    assert.equal(ask("headCommit()"), second);
    assert.equal(ask(`isBefore("${first}", "${second}")`), true);
    assert.equal(ask(`isBefore("${second}", "${first}")`), false);
    assert.equal(ask(`isBefore("${second}", "${second}")`), false);
    assert.equal(ask(`isBefore("${"0".repeat(40)}", "${second}")`), false);
  });

  it("has what the ends of messages say since a commit, and without one those of the last", () => {
    const since = repository.head;
    commit("third\n\nNobody will miss it.\n\nAllow-Loss: database-1");
    commit("fourth\n\nAllow-Loss: encryption\nAllow-Loss: database-2");

    assert.deepEqual(ask(`trailers("Allow-Loss", "${since}")`), ["encryption", "database-2", "database-1"]);
    assert.deepEqual(ask('trailers("Allow-Loss")'), ["encryption", "database-2"]);
    assert.deepEqual(ask(`trailers("Allow-Loss", "${"0".repeat(40)}")`), ["encryption", "database-2"]);
  });
});
