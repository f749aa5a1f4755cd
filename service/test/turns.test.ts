import assert from "node:assert/strict";

import { Turns } from "../src/turns.ts";

const NEVER = 60_000;

describe("turns", () => {
  it("come to so many at once of each name, then one for each that ends, in order", async () => {
    const turns = new Turns(2, NEVER);
    const came: string[] = [];
    const take = (name: string, who: string) => turns.take(name).then(() => came.push(who));
    const [first, second, third, fourth, other] = ["first", "second", "third", "fourth"].map((who) => take("a", who))
      .concat(take("b", "other"));
    await Promise.all([first, second, other]);
    assert.deepEqual(came.toSorted(), ["first", "other", "second"]);

    turns.end("a");
    await third;
    turns.end("a");
    await fourth;
    assert.deepEqual(came.slice(3), ["third", "fourth"]);
  });

  it("do not come to who has waited for too long, and go to the next", async () => {
    const turns = new Turns(1, 20);
    assert.equal(await turns.take("a"), true);
    assert.equal(await turns.take("a"), false);
    turns.end("a");
    assert.equal(await turns.take("a"), true);
    turns.end("a");
    // A turn that nobody has would make room for one too many.
    assert.throws(() => turns.end("a"), /nobody called a has a turn that could end/);
  });
});
