import assert from "node:assert/strict";
import { mock } from "node:test";

import fc from "fast-check";

import { ApiKeysSecret } from "../src/api-keys.ts";
import { createLog } from "../src/log.ts";
import { Gauges } from "../src/metrics/gauges.ts";
import { Latencies } from "../src/metrics/latencies.ts";
import { takeLines } from "../src/metrics/metrics.ts";
import { Report } from "../src/metrics/report.ts";
import { Traffic } from "../src/metrics/traffic.ts";
import { extractMetrics, type ExtractedMetric } from "./support/embedded-metrics.ts";
import { arns } from "./support/environment.ts";
import { shareService } from "./support/service.ts";

const minute = 60_000;
const namespace = "accounts/test";
const idle = { pool: { total: 0, idle: 0, waiting: 0 }, lane: { connections: 0, inFlight: 0, spilled: 0 } };
const sources = {
  database: { statistics: idle },
  secrets: { failures: 0 },
  credentials: { ageSeconds: undefined },
  openSockets: () => 0,
};

/** `dimensions` as in "GET /v1/users 2xx". */
function find(metrics: readonly ExtractedMetric[], name: string, dimensions = ""): ExtractedMetric | undefined {
  const found = metrics.filter((metric) => metric.name === name && Object.values(metric.dimensions).join(" ") === dimensions);
  assert.ok(found.length <= 1, `${found.length} metrics ${name} ${dimensions}`);
  return found[0];
}

describe("the metrics of requests", () => {
  const { environment, service } = shareService();
  let gauges: Gauges;

  before(async () => {
    gauges = new Gauges({
      database: service.database, secrets: service.secrets, credentials: service.credentials, openSockets: () => 3,
    });
  });
  beforeEach(() => service.traffic.clear());
  after(() => gauges.close());

  const take = () => takeLines(namespace, minute, service.traffic, gauges).map((line) => JSON.stringify(line));
  const metricsNow = () => take().flatMap((line) => extractMetrics(line)!);

  it("count each by its route and the class of its status, and all of them together", async () => {
    for (let index = 0; index < 3; index += 1) {
      await service.request("GET /v1/users");
    }
    await service.request("GET /v1/users/00000000-0000-7000-8000-000000000000?x=1");
    await service.request("HEAD /v1/users/00000000-0000-7000-8000-000000000001");
    await environment.query("ALTER TABLE users RENAME TO hidden");
    await service.request("GET /v1/users");
    await environment.query("ALTER TABLE hidden RENAME TO users");
    const metrics = metricsNow();

    assert.deepEqual(["Requests", "ClientErrors", "ServerErrors"].map((name) => find(metrics, name)!.sum), [6, 2, 1]);
    assert.equal(find(metrics, "Latency")!.sampleCount, 6);
    assert.deepEqual(metrics.filter(({ dimensions }) => "Route" in dimensions)
      .map(({ name, dimensions, sampleCount }) => [name, ...Object.values(dimensions), sampleCount]), [
      ["Latency", "GET /v1/users/:id", "4xx", 2],
      ["Latency", "GET /v1/users", "2xx", 3],
      ["Latency", "GET /v1/users", "5xx", 1],
    ]);
    assert.ok(metrics.every((metric) => metric.namespace === namespace && metric.timestamp === minute));
  });

  it("have the exact statuses in the line, where they cost nothing", async () => {
    await service.request("GET /v1/users/00000000-0000-7000-8000-000000000000");
    await service.request("GET /v1/users/not-an-id");
    const lines = take().map((line) => JSON.parse(line));

    assert.deepEqual(lines.map(({ statuses }) => statuses), [undefined, { 400: 1, 404: 1 }]);
  });

  it("have a zero where nothing went wrong, because an alarm needs it, and no latency of no request", () => {
    const metrics = metricsNow();

    assert.deepEqual(["Requests", "ClientErrors", "ServerErrors"].map((name) => find(metrics, name)!.sum), [0, 0, 0]);
    assert.equal(find(metrics, "Latency"), undefined);
  });

  it("leave health checks out, which say nothing about clients", async () => {
    await service.request("GET /health/live", { key: null });
    await service.request("GET /health/ready", { key: null });

    assert.equal(find(metricsNow(), "Requests")!.sum, 0);
  });

  it("begin anew when they have been taken", async () => {
    await service.request("GET /v1/users");
    metricsNow();

    assert.equal(take().length, 1);
  });

  it("cannot be multiplied by a client: whatever is no route of ours is one route", async () => {
    for (const line of ["GET /nowhere", "GET /v1/elsewhere", "PROPFIND /v1/users", "DELETE /openapi.json", "GET /%ff"]) {
      await service.app.inject({ method: line.split(" ")[0] as "GET", url: line.split(" ")[1]! });
    }
    const routes = metricsNow().filter(({ dimensions }) => "Route" in dimensions);

    assert.deepEqual(routes.map(({ dimensions, sampleCount }) => [...Object.values(dimensions), sampleCount]), [["none", "4xx", 5]]);
  });

  it("say how long it took, as the log does", async () => {
    const session = await environment.connect();
    await session.query("BEGIN; LOCK TABLE users");
    const waiting = service.request("GET /v1/users");
    const held = session.query("SELECT pg_sleep(0.3)").then(() => session.end());
    await Promise.all([waiting, held]);

    const latency = find(metricsNow(), "Latency", "GET /v1/users 2xx")!;
    assert.equal(latency.unit, "Milliseconds");
    assert.ok(latency.maximum > 250 && latency.maximum < 5_000, String(latency.maximum));
  });

  it("count secrets that could not be read, once", async () => {
    await assert.rejects(service.secrets.read(ApiKeysSecret, `${arns.apiKeys}-of-nobody`));
    const failures = () => find(metricsNow(), "SecretFailures")!.sum;

    assert.deepEqual([failures(), failures()], [1, 0]);
  });

  it("have the state of the pool and of the process beside them", async () => {
    await service.request("GET /v1/users");
    gauges.sample();
    const metrics = metricsNow();
    const state = metrics.filter(({ name }) => !["Requests", "ClientErrors", "ServerErrors", "Latency"].includes(name));

    assert.deepEqual(state.map(({ name, unit, sampleCount }) => [name, unit, sampleCount]), [
      ["PoolConnections", "Count", 2],
      ["PoolIdle", "Count", 2],
      ["PoolWaiting", "Count", 2],
      ["LaneConnections", "Count", 2],
      ["LaneInFlight", "Count", 2],
      ["OpenSockets", "Count", 2],
      ["HeapUsed", "Bytes", 2],
      ["ResidentMemory", "Bytes", 2],
      ["LaneSpilled", "Count", 1],
      ["SecretFailures", "Count", 1],
      ["PasswordAge", "Seconds", 1],
      ["EventLoopDelay", "Milliseconds", 1],
      ["EventLoopUtilization", "Percent", 1],
    ]);
    const { pool } = service.database.statistics;
    assert.equal(find(metrics, "SecretFailures")!.sum, 0);
    assert.deepEqual([find(metrics, "PoolConnections")!.maximum, find(metrics, "PoolWaiting")!.maximum], [pool.total, 0]);
    assert.equal(find(metrics, "OpenSockets")!.maximum, 3);
    assert.ok(find(metrics, "HeapUsed")!.maximum > 1e6 && find(metrics, "ResidentMemory")!.maximum > 1e7);
  });
});

describe("the state of the process", () => {
  it("has an age of the password as soon as there is one, also when it is 0", () => {
    const ageOf = (ageSeconds: number | undefined) => {
      const gauges = new Gauges({ ...sources, credentials: { ageSeconds } });
      const found = gauges.take().find(({ name }) => name === "PasswordAge");
      gauges.close();
      return found?.value;
    };

    assert.deepEqual([ageOf(undefined), ageOf(0), ageOf(86_400)], [undefined, 0, 86_400]);
  });

  it("tells of an event loop that stood still, and how busy it was", () => {
    const gauges = new Gauges(sources);
    gauges.take();
    return new Promise<void>((resolve) => {
      // The histogram sees a delay when its own timer comes after it.
      setTimeout(() => {
        const until = performance.now() + 200;
        while (performance.now() < until);
        setTimeout(() => {
          const taken = new Map(gauges.take().map(({ name, value }) => [name, Number(value)]));
          const [delay, utilization] = [taken.get("EventLoopDelay")!, taken.get("EventLoopUtilization")!];
          gauges.close();
          assert.ok(delay > 150 && delay < 5_000, String(delay));
          assert.ok(utilization > 30 && utilization <= 100, String(utilization));
          resolve();
        }, 50);
      }, 50);
    });
  });

  it("counts statements that the lane has left to the pool since the last line, not since the start", () => {
    const lane = { ...idle.lane, spilled: 5 };
    const gauges = new Gauges({ ...sources, database: { statistics: { ...idle, lane } } });
    const taken = () => gauges.take().find(({ name }) => name === "LaneSpilled")?.value;
    const first = taken();
    lane.spilled = 7;

    assert.deepEqual([first, taken(), taken()], [5, 2, 0]);
    gauges.close();
  });
});

describe("Latencies", () => {
  const of = (values: readonly number[]) => {
    const latencies = new Latencies();
    values.forEach((value) => latencies.record(value));
    return latencies;
  };
  const metricOf = (latencies: Latencies) => extractMetrics(JSON.stringify({
    _aws: {
      Timestamp: 0,
      CloudWatchMetrics: [{ Namespace: "n", Dimensions: [[]], Metrics: [{ Name: "Latency", Unit: "Milliseconds" }] }],
    },
    Latency: latencies.distribution,
  }))![0]!;
  const times = fc.array(fc.double({ min: 0.1, max: 50_000, noNaN: true }), { minLength: 1, maxLength: 300 });

  it("lose no request and no time: count, sum and average are exact, percentiles within a step of 14.2 %", () => {
    fc.assert(fc.property(times, fc.integer({ min: 1, max: 100 }), (values, p) => {
      const metric = metricOf(of(values));
      const exact = [...values].sort((left, right) => left - right)[Math.ceil(values.length * p / 100) - 1]!;
      const sum = values.reduce((total, value) => total + value, 0);
      assert.equal(metric.sampleCount, values.length);
      assert.ok(Math.abs(metric.sum - sum) <= 0.001 * values.length, `${metric.sum} of ${sum}`);
      const ratio = metric.percentile(p) / exact;
      assert.ok(ratio > 1 / 1.143 - 0.01 && ratio < 1.143 + 0.01, `p${p} is ${metric.percentile(p)}, ${exact} is right`);
    }));
  });

  it("of several routes add up to what one would have counted", () => {
    fc.assert(fc.property(times, times, (left, right) => {
      const sum = of(left);
      sum.add(of(right));
      assert.deepEqual(sum.distribution.Counts, of([...left, ...right]).distribution.Counts);
      assert.equal(sum.count, left.length + right.length);
    }));
  });

  it("take what is shorter or longer than every bucket", () => {
    const { minimum, maximum, sampleCount } = metricOf(of([0, 0.00001, 3_600_000]));
    assert.deepEqual([minimum, maximum, sampleCount], [0, 3_600_000, 3]);
  });
});

describe("the report of metrics", () => {
  const start = Date.parse("2026-11-23T12:00:42.500Z");
  let traffic: Traffic;
  let gauges: Gauges;
  let report: Report;
  let lines: string[];

  beforeEach(() => {
    lines = [];
    traffic = new Traffic();
    gauges = new Gauges(sources);
    mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: start });
    report = new Report({
      namespace, traffic, gauges, log: createLog("accounts", "fatal", { write: (line) => void lines.push(line) }),
    });
  });
  afterEach(() => {
    report.stop();
    mock.timers.reset();
  });

  const written = () => lines.map((line) => {
    const metrics = extractMetrics(line)!;
    return [new Date(metrics[0]!.timestamp).toISOString(), find(metrics, "Requests")?.sum];
  });
  const answer = (times: number) => {
    for (let index = 0; index < times; index += 1) {
      traffic.unrouted.record(404, 1);
    }
  };

  it("is written when a minute is over and filed under its beginning, whatever second the task began at", () => {
    answer(2);
    mock.timers.tick(17_000);
    assert.deepEqual(written(), []);
    mock.timers.tick(500);
    assert.deepEqual(written(), [["2026-11-23T12:00:00.000Z", 2], ["2026-11-23T12:00:00.000Z", undefined]]);
    answer(3);
    mock.timers.tick(60_000);
    mock.timers.tick(60_000);

    assert.deepEqual(written().filter(([, requests]) => requests !== undefined), [
      ["2026-11-23T12:00:00.000Z", 2], ["2026-11-23T12:01:00.000Z", 3], ["2026-11-23T12:02:00.000Z", 0],
    ]);
  });

  it("has what is left when it is stopped, and nothing twice", () => {
    answer(4);
    report.stop();
    report.stop();
    mock.timers.tick(120_000);

    assert.deepEqual(written(), [["2026-11-23T12:00:00.000Z", 4], ["2026-11-23T12:00:00.000Z", undefined]]);
  });

  it("is written at every level of the log, because alarms rest on it, and says which task it is from", () => {
    report.stop();
    assert.equal(lines.length, 1);
    const { level, service, msg } = JSON.parse(lines[0]!);
    assert.deepEqual({ level, service, msg }, { level: "info", service: "accounts", msg: "metrics" });
  });

  it("has as many samples of a state as CloudWatch takes from one line", () => {
    mock.timers.tick(17_500);
    mock.timers.tick(60_000);
    const pool = lines.map((line) => find(extractMetrics(line)!, "PoolWaiting")!.sampleCount);

    assert.deepEqual(pool, [4, 13]);
  });
});
