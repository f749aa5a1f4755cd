import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import type { Credentials } from "../../src/database/credentials.ts";
import { arns } from "../support/environment.ts";
import type { Mutation } from "../support/process.ts";
import { Stage, type Task } from "../support/stage.ts";
import type { Traffic } from "../support/traffic.ts";

/**
 * Between the change in the database and the one in the secret. Until that is read takes up to a second more, and a
 * request is tried for three.
 */
const GAP_MILLISECONDS = 1_000;

const withoutNewCredentials: Mutation = { file: "database/credentials.ts", replace: "this.#version = next;", by: "" };
const withoutMinimumInterval: Mutation = {
  file: "database/credentials.ts", replace: "MINIMUM_INTERVAL_MILLISECONDS = 1_000", by: "MINIMUM_INTERVAL_MILLISECONDS = 0",
};

const laneOf = { "with the lane": "2", "without the lane": "0" };

for (const [way, DATABASE_LANE_CONNECTIONS] of Object.entries(laneOf)) describe(`a password that is rotated, ${way},`, () => {
  let stage: Stage;
  let rotations = 0;

  before(async () => {
    stage = await Stage.open({ DATABASE_LANE_CONNECTIONS });
  });
  afterEach(() => stage.clear());
  after(() => stage.close());

  /** One rotation, in the given order, with all sessions broken after each change. */
  async function rotate(order: readonly ("database" | "secret")[]): Promise<void> {
    const { environment } = stage;
    const next = { ...await environment.readSecret<Credentials>(arns.database), password: `password ${rotations += 1}` };
    for (const place of order) {
      if (place === "secret") {
        await environment.putSecret(arns.database, next);
      } else {
        await environment.query(`ALTER ROLE ${next.username} PASSWORD '${next.password}'`);
      }
      await stage.breakSessions();
      await sleep(GAP_MILLISECONDS);
      await stage.breakSessions();
    }
  }

  const trafficDuring = (task: Task, fault: () => Promise<void>): Promise<Traffic> =>
    stage.trafficDuring(task, { readers: 4, listers: 2, writers: 1 }, fault);

  /** Milliseconds between one call for the secret of the database and the next, for one stage of it. */
  function intervalsOfCalls(since: number, stageOfSecret: string): number[] {
    const times = stage.environment.secrets.calls
      .filter(({ input }) => input["SecretId"] === arns.database && input["VersionStage"] === stageOfSecret)
      .map(({ at }) => at.getTime())
      .filter((at) => at >= since);
    return times.slice(1).map((time, i) => time - times[i]!);
  }

  for (const order of [["database", "secret"], ["secret", "database"]] as const) {
    it(`in the ${order[0]} first fails no request, and asks for the secret at most once a second`, async () => {
      const task = await stage.serve();
      const since = Date.now();
      const traffic = await trafficDuring(task, () => rotate(order));

      assert.deepEqual(traffic.kindsOfFailure, []);
      await stage.assertWrites(traffic);
      for (const stageOfSecret of ["AWSCURRENT", "AWSPENDING"]) {
        const intervals = intervalsOfCalls(since, stageOfSecret);
        // The time of arrival is taken, and a call may be on its way a little longer than the one before.
        assert.ok(intervals.every((interval) => interval > 900), `${stageOfSecret}: ${intervals} ms`);
      }
    });
  }

  if (DATABASE_LANE_CONNECTIONS === "0") {
    return;
  }

  it("does fail requests in a service that keeps the credentials it started with", async () => {
    const task = await stage.serve({ without: [withoutNewCredentials] });
    const traffic = await trafficDuring(task, () => rotate(["database", "secret"]));

    assert.ok(traffic.kindsOfFailure.includes("GET /v1/users/{id} 503 database-unavailable"), String(traffic.kindsOfFailure));
  });

  it("makes a service without a minimum interval ask for the secret all the time", async () => {
    const task = await stage.serve({ without: [withoutMinimumInterval] });
    const since = Date.now();
    await trafficDuring(task, () => rotate(["database", "secret"]));

    assert.ok(intervalsOfCalls(since, "AWSCURRENT").some((interval) => interval < 500));
  });
});
