import assert from "node:assert/strict";

import { Lifecycle } from "../src/lifecycle.ts";

describe("a service that is told to stop", () => {
  it("while it starts does not become ready once its start is through: nobody would send it away again", () => {
    const lifecycle = new Lifecycle();
    lifecycle.drain();
    lifecycle.becomeReady();
    assert.equal(lifecycle.phase, "draining");
  });
});
