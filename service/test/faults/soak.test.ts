import assert from "node:assert/strict";

import type { Mutation } from "../support/process.ts";
import { growthsOf, soak, type Growth } from "../support/soak.ts";
import { Stage } from "../support/stage.ts";

/** `npm run soak` does the same for longer. */
const SECONDS = 6;

/** 80 KB each, so that a slow machine serves enough of them. */
const keepingEveryRequest: Mutation = {
  file: "plugins/request-log.ts",
  replace: "lines.info({",
  by: "(globalThis.kept ??= []).push(Array(1e4).fill(request)); lines.info({",
};

describe("what the service holds on to", () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.open();
  });
  afterEach(() => stage.clear());
  after(() => stage.close());

  const tooMuch = async (...without: Mutation[]): Promise<string[]> =>
    growthsOf(await soak(stage, SECONDS, () => undefined, without))
      .filter(({ growth, bound }: Growth) => growth > bound)
      .map(({ quantity }) => quantity);

  it("does not grow with the requests it has served", async () => {
    assert.deepEqual(await tooMuch(), []);
  });

  it("would be seen to grow if it kept something of each", async () => {
    assert.ok((await tooMuch(keepingEveryRequest)).includes("heapMiB"));
  });
});
