import assert from "node:assert/strict";

import { boolean, integer, json, text, timestamp, type Columns } from "../src/database/columns.ts";
import type { Statement } from "../src/database/statement.ts";
import { startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { startService, type RunningService } from "./support/service.ts";

const laneOf = { "of the lane": true, "of the pool": false };

for (const [way, bounded] of Object.entries(laneOf)) describe(`a query ${way}`, () => {
  let environment: TestEnvironment;
  let service: RunningService;

  before(async () => {
    environment = await startEnvironment();
    await environment.migrate();
    // What the server is set to must not matter.
    await environment.queryAsSuperuser("ALTER ROLE accounts_service SET TimeZone = 'Asia/Kathmandu'");
    await environment.queryAsSuperuser("ALTER ROLE accounts_service SET DateStyle = 'German'");
    service = await startService(environment);
    while (service.database.statistics.lane.connections < 2) {
      await service.request("GET /v1/users/01a20913-2edf-736d-842b-f8169a25c63b");
    }
  });
  after(async () => {
    await service.stop();
    await environment.stop();
  });

  let names = 0;
  const run = async <Row extends object>(columns: Columns<Row>, sql: string, ...values: unknown[]): Promise<Row[]> => {
    const statement: Statement<Row> = { name: `test-${names += 1}`, text: sql, columns, repeatable: true, bounded };
    const { spilled } = service.database.statistics.lane;
    try {
      return await service.database.run(statement, values);
    } finally {
      assert.equal(service.database.statistics.lane.spilled, spilled);
    }
  };

  it("reads every type the service keeps, and NULL as null", async () => {
    const columns = { t: text, i: integer, b: boolean, c: boolean, j: json<object>(), n: text };
    const [row] = await run(columns,
      "SELECT 'a'::text AS t, 9007199254740991::bigint AS i, true AS b, false AS c, '{\"k\": [1]}'::jsonb AS j, NULL AS n");
    assert.deepEqual(row, { t: "a", i: Number.MAX_SAFE_INTEGER, b: true, c: false, j: { k: [1] }, n: null });
  });

  for (const [written, read] of Object.entries({
    "2026-11-28 09:30:00+00": "2026-11-28T09:30:00.000Z",
    "2026-11-28 09:30:00.5+00": "2026-11-28T09:30:00.500Z",
    "2026-11-28 09:30:00.129999+00": "2026-11-28T09:30:00.129Z",
    "2026-11-28 09:30:00.000001+05:45": "2026-11-28T03:45:00.000Z",
    "10000-01-01 00:00:00+00": "+010000-01-01T00:00:00.000Z",
    "0044-03-15 12:00:00+00 BC": "-000043-03-15T12:00:00.000Z",
  })) it(`reads the time ${written} in UTC, to milliseconds`, async () => {
    assert.deepEqual(await run({ at: timestamp }, "SELECT $1::timestamptz AS at", written), [{ at: read }]);
  });

  it("gives all rows, in their order, or none", async () => {
    assert.deepEqual(await run({ n: integer }, "SELECT generate_series(1, 3) AS n"), [{ n: 1 }, { n: 2 }, { n: 3 }]);
    assert.deepEqual(await run({ n: integer }, "SELECT 1 AS n WHERE false"), []);
  });

  it("is refused when its columns are not those it says it has, in that order", async () => {
    await assert.rejects(run({ b: integer, a: integer }, "SELECT 1 AS a, 2 AS b"), {
      message: `test-${names} must answer with the columns b, a, got a, b`,
    });
    await assert.rejects(run({ a: integer }, "SELECT 1 AS a, 2 AS b"), /must answer with the columns a, got a, b/);
  });

  it("fails alone when what it found cannot be read", async () => {
    await assert.rejects(run({ a: json<object>() }, "SELECT 'no JSON' AS a"), SyntaxError);
    assert.deepEqual(await run({ a: integer }, "SELECT 1 AS a"), [{ a: 1 }]);
  });

  it("fails with a stack that says who asked", async () => {
    await assert.rejects(run({ a: integer }, "SELECT 1 / $1::integer AS a", 0), (error: Error) => {
      assert.match(error.stack ?? "", /^error: division by zero\n[^]*query\.test\.ts/);
      return true;
    });
  });
});
