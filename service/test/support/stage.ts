import assert from "node:assert/strict";

import { freePort } from "../../../offline/stand-ins/local-server.ts";
import { arns, startEnvironment, type TestEnvironment } from "./environment.ts";
import { buildMutated, buildService, Program, type Build, type Mutation } from "./process.ts";
import { Relay } from "./relay.ts";
import { apiKeysSecret } from "./service.ts";
import { send, Traffic, type Clients, type User } from "./traffic.ts";

/** A machine that is busy with other things answers later than the service means to. */
const BUSY_MILLISECONDS = 700;

/** The built service as a process. */
export interface Task {
  readonly program: Program;
  readonly port: number;
  readonly url: string;
}

interface ServeOptions {
  readonly variables?: Readonly<Record<string, string>>;
  /** What the service lacks in this test. */
  readonly without?: readonly Mutation[];
  /** The line of the log that says it is as far as the test needs it. */
  readonly until?: string | undefined;
  readonly nodeOptions?: string[];
}

/** One database with some users in it, and the built service, as often and in the variants that tests ask for. */
export class Stage {
  readonly users: User[] = [];
  readonly #builds = new Map<string, Promise<Build>>();
  readonly #programs: Program[] = [];
  readonly #relays: Relay[] = [];

  private constructor(
    readonly environment: TestEnvironment, private readonly variables: Readonly<Record<string, string>>,
  ) {}

  /** `variables` are those in which all services of this stage differ from the usual. */
  static async open(variables: Readonly<Record<string, string>> = {}): Promise<Stage> {
    const environment = await startEnvironment();
    const stage = new Stage(environment, variables);
    await environment.migrate();
    await environment.putSecret(arns.apiKeys, apiKeysSecret);
    stage.users.push(...await environment.query<User & Record<string, unknown>>(`
      INSERT INTO users (email, name) SELECT 'user-' || i || '@example.com', 'User ' || i FROM generate_series(1, 50) i
      RETURNING id, email, name`));
    stage.users.sort((left, right) => left.id < right.id ? -1 : 1);
    return stage;
  }

  async serve({ variables = {}, without = [], until = "started", nodeOptions }: ServeOptions = {}): Promise<Task> {
    const [build, port] = await Promise.all([this.#build(without), freePort()]);
    const program = new Program(build, "server.mjs", {
      ...this.environment.variables, ...this.variables, ...variables, PORT: String(port),
    }, nodeOptions);
    this.#programs.push(program);
    await program.logged(until);
    return { program, port, url: `http://127.0.0.1:${port}` };
  }

  /** The network to a port; to the database's, if none is given. */
  async relay(targetPort = this.environment.postgres.port, delayMilliseconds = 0): Promise<Relay> {
    const relay = await Relay.start(targetPort, delayMilliseconds);
    this.#relays.push(relay);
    return relay;
  }

  /** Does something while clients send requests, some hundred before it. */
  async trafficDuring(task: Task, clients: Clients, fault: (traffic: Traffic) => Promise<unknown>): Promise<Traffic> {
    const traffic = new Traffic(task.url, this.users, clients);
    try {
      await traffic.more(200);
      await fault(traffic);
    } finally {
      await traffic.stop();
    }
    return traffic;
  }

  /** Ends the services as no fault would, and forgets what they have written. */
  async clear(): Promise<void> {
    this.environment.postgres.thaw();
    this.#programs.forEach((program) => program.signal("SIGKILL"));
    await Promise.all(this.#programs.splice(0).map(({ ended }) => ended));
    await Promise.all(this.#relays.splice(0).map((relay) => relay.shut()));
    await this.environment.query("DELETE FROM users WHERE email NOT LIKE 'user-%'");
  }

  async close(): Promise<void> {
    await this.clear();
    await this.environment.stop();
    (await Promise.all(this.#builds.values())).forEach((build) => build.remove());
  }

  /** Ids of the sessions that services have open. */
  async sessions(): Promise<number[]> {
    const rows = await this.environment.queryAsSuperuser<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE usename = 'accounts_service' ORDER BY pid");
    return rows.map(({ pid }) => pid);
  }

  /** Whether a statement of a service waits for a lock. */
  async isWaitingForLock(): Promise<boolean> {
    const waiting = await this.environment.queryAsSuperuser(
      "SELECT FROM pg_stat_activity WHERE usename = 'accounts_service' AND wait_event_type = 'Lock'");
    return waiting.length > 0;
  }

  async breakSessions(): Promise<void> {
    await this.environment.queryAsSuperuser(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'accounts_service'");
  }

  /** What was acknowledged is there, once; what was refused is not; only what was in doubt may be either. */
  async assertWrites({ created, inDoubt, refused }: Traffic): Promise<void> {
    const rows = await this.environment.query<{ email: string }>("SELECT email FROM users WHERE email LIKE 'written-%'");
    const stored = new Set(rows.map(({ email }) => email));
    assert.equal(stored.size, rows.length, "a user was created twice");
    assert.deepEqual([...created].filter((email) => !stored.has(email)), [], "acknowledged, but not there");
    assert.deepEqual([...refused].filter((email) => stored.has(email)), [], "refused, but there");
    assert.deepEqual([...stored].filter((email) => !created.has(email) && !inDoubt.has(email)), [], "there, but never told");
  }

  #build(mutations: readonly Mutation[]): Promise<Build> {
    const key = JSON.stringify(mutations);
    const build = this.#builds.get(key) ?? (mutations.length === 0 ? buildService() : buildMutated(...mutations));
    this.#builds.set(key, build);
    return build;
  }
}

/** Not later than the requirement says: 1.2 times what is configured. */
export function assertInTime(milliseconds: number, configuredMilliseconds: number): void {
  const latest = 1.2 * configuredMilliseconds + BUSY_MILLISECONDS;
  assert.ok(milliseconds <= latest, `took ${Math.round(milliseconds)} ms, may take ${latest} ms`);
}

/** Milliseconds until a path is answered with 200 again. */
export async function recoveryOf(url: string): Promise<number> {
  const started = performance.now();
  while ((await send(url)).status !== 200) {
    assert.ok(performance.now() - started < 10_000, `${url} does not recover`);
  }
  return performance.now() - started;
}
