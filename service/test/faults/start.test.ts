import assert from "node:assert/strict";

import type { Mutation } from "../support/process.ts";
import type { Relay } from "../support/relay.ts";
import { assertInTime, Stage, type Task } from "../support/stage.ts";
import { send } from "../support/traffic.ts";

const shortPatience: Mutation = { file: "config.ts", replace: "START_PATIENCE_SECONDS = 60", by: "START_PATIENCE_SECONDS = 1" };
const readyWithoutLooking: Mutation = { file: "service.ts", replace: "await requireSchema(database);", by: "" };

describe("a start without a database", () => {
  let stage: Stage;
  let relay: Relay;

  before(async () => {
    stage = await Stage.open();
  });
  beforeEach(async () => {
    relay = await stage.relay();
    await relay.shut();
  });
  afterEach(() => stage.clear());
  after(() => stage.close());

  const serve = (until: string, ...without: Mutation[]): Promise<Task> =>
    stage.serve({ variables: { DATABASE_PORT: String(relay.port) }, without, until });
  const healthOf = async ({ url }: Task): Promise<unknown[]> =>
    (await Promise.all(["ready", "live"].map((name) => send(`${url}/health/${name}`)))).map(({ status }) => status);

  it("is live but not ready, until the database is there", async () => {
    const task = await serve("Server listening");
    const before = await healthOf(task);
    await relay.open();
    await task.program.logged("started");

    assert.deepEqual(before, [503, 200]);
    assert.deepEqual(await healthOf(task), [200, 200]);
    assert.equal((await send(`${task.url}/v1/users`)).status, 200);
  });

  it("turns requests away before it is ready, without an error in its log for each", async () => {
    const task = await serve("Server listening");
    const answer = await send(`${task.url}/v1/users`);
    const wrong = task.program.lines.filter(({ level }) => level === "error");

    assert.deepEqual([answer.status, answer.problem, wrong], [503, "starting", []]);
  });

  it("would be ready at once if the service did not look", async () => {
    assert.deepEqual(await healthOf(await serve("started", readyWithoutLooking)), [200, 200]);
  });

  it("ends with 1 and a line that says why, when its patience is over", async () => {
    const { program } = await serve("Server listening", shortPatience);

    assert.equal(await program.ended, 1);
    const fatal = program.lines.filter(({ level }) => level === "fatal").map(({ msg }) => msg).join();
    assert.match(fatal, /^the service does not start: no connection to the database: connect ECONNREFUSED [^,]+$/);
  });

  it("ends at once when it is told to stop", async () => {
    const { program } = await serve("Server listening");
    const started = performance.now();
    program.signal("SIGTERM");

    assert.equal(await program.ended, 0);
    assertInTime(performance.now() - started, 500);
  });
});
