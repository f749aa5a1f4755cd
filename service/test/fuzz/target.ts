import type pg from "pg";

import { freePort } from "../../../offline/stand-ins/local-server.ts";
import { arns, startEnvironment, type TestEnvironment } from "../support/environment.ts";
import { Program, type Build, type LogLine } from "../support/process.ts";
import { apiKeysSecret, keys } from "../support/service.ts";

/** Short, so that a request that never ends is answered while somebody watches. */
const REQUEST_TIMEOUT_SECONDS = 1;

/** The built service as a process of its own, with a database of its own. */
export class Target {
  private constructor(
    readonly port: number,
    readonly session: pg.Client,
    readonly program: Program,
    private readonly environment: TestEnvironment,
  ) {}

  static async start(build: Build, variables: Readonly<Record<string, string>> = {}): Promise<Target> {
    const environment = await startEnvironment();
    let program: Program | undefined;
    try {
      await environment.migrate();
      await environment.putSecret(arns.apiKeys, apiKeysSecret);
      const port = await freePort();
      program = new Program(build, "server.mjs", {
        ...environment.variables,
        REQUEST_TIMEOUT_SECONDS: String(REQUEST_TIMEOUT_SECONDS),
        DRAIN_SECONDS: "0",
        ...variables,
        PORT: String(port),
      });
      await program.logged("started");
      return new Target(port, await environment.connect(), program, environment);
    } catch (error) {
      program?.signal("SIGKILL");
      await program?.ended;
      await environment.stop();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get faults(): readonly LogLine[] {
    return this.program.lines.filter(({ level }) => level === "error" || level === "fatal");
  }

  async get(path: string): Promise<Response> {
    return await fetch(`${this.url}${path}`, { headers: { authorization: `Bearer ${keys.writer}` } });
  }

  /** Resolves with the exit code. */
  async stop(): Promise<number | null> {
    await this.session.end();
    this.program.signal("SIGTERM");
    const code = await this.program.ended;
    await this.environment.stop();
    return code;
  }
}
