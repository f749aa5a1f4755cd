import { execFile, execFileSync, spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";

/** A command of Docker that takes longer waits for something that does not come, as a registry of packages may. */
const longestMinutes = 5;
const daemonSeconds = 60;

/** Stands for the exit code of a command that was killed and has none. */
const killedCode = 137;

/** How a command ended, whatever its exit code. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Docker that builds with BuildKit: the one that runs here, or one that is started for the tests alone. */
export class Docker {
  private constructor(
    private readonly program: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly daemon?: ChildProcessWithoutNullStreams,
  ) {}

  /** Throws one line that says why there is none. */
  static async open(): Promise<Docker> {
    if (process.platform !== "linux") {
      throw new Error("containers share the network of this computer, which Docker has on Linux only");
    }
    const environment = { ...process.env, DOCKER_BUILDKIT: "1" };
    // A newer client builds only with the plugin buildx, which may be missing; an older one may stand behind it.
    const program = installed("docker").find((client) => succeeds(client, ["build", "--help"], environment));
    if (program === undefined) {
      throw new Error("there is no `docker` on the PATH that builds with BuildKit");
    }
    return succeeds(program, ["version"], environment)
      ? new Docker(program, environment) : await Docker.start(program, environment);
  }

  private static async start(program: string, environment: NodeJS.ProcessEnv): Promise<Docker> {
    if (process.getuid?.() !== 0 || installed("dockerd").length === 0) {
      throw new Error("no Docker daemon answers, and to start one takes root and `dockerd` on the PATH");
    }
    const folder = mkdtempSync(join(tmpdir(), "accounts-docker-"));
    const daemon = spawn("sh", [join(__dirname, "private-docker.sh"), folder, String(daemonSeconds)], { detached: true });
    const errors = text(daemon.stderr);
    const ready = once(daemon.stdout, "data").then(() => true);
    if (!await Promise.race([ready, once(daemon, "close").then(() => false)])) {
      throw new Error(`dockerd does not start: ${(await errors).trim()}`);
    }
    // A test run that gives up ends all the same, and with it the daemon's standard input.
    [daemon, ...daemon.stdio].forEach((handle) => (handle as Socket).unref());
    return new Docker(program, { ...environment, DOCKER_HOST: `unix://${folder}/docker.sock`, DOCKER_CONFIG: folder }, daemon);
  }

  /** Standard output of a command that has to succeed. */
  async run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.end(...args);
    if (code !== 0) {
      throw new Error(`docker ${args[0]} ends with exit code ${code}:\n${stdout}${stderr}`);
    }
    return stdout.trim();
  }

  end(...args: readonly string[]): Promise<Ended> {
    return new Promise((resolve) => {
      const options = { env: this.environment, maxBuffer: 64 * 1_048_576, timeout: longestMinutes * 60_000 };
      execFile(this.program, args, options, (error, stdout, stderr) => {
        const given = error?.killed === true ? `\ngiven up after ${longestMinutes} minutes` : "";
        resolve({ code: error === null ? 0 : Number(error.code ?? killedCode), stdout, stderr: `${stderr}${given}` });
      });
    });
  }

  /** Takes each line that a container writes, from its start to its end. */
  follow(container: string, onLine: (line: string) => void): Promise<unknown> {
    const logs = spawn(this.program, ["logs", "--follow", container], { env: this.environment, stdio: ["ignore", "pipe", "inherit"] });
    createInterface({ input: logs.stdout }).on("line", onLine);
    return once(logs, "close");
  }

  /** Stops the daemon if it was started here, and takes away all that it kept. */
  async close(): Promise<void> {
    if (this.daemon !== undefined) {
      this.daemon.ref();
      this.daemon.stdin.end();
      await once(this.daemon, "close");
    }
  }
}

/** The programs of a name on the PATH, in its order. */
export function installed(name: string): string[] {
  const places = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name));
  return places.filter((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function succeeds(program: string, args: readonly string[], env: NodeJS.ProcessEnv): boolean {
  try {
    execFileSync(program, args, { env, stdio: "ignore", timeout: daemonSeconds * 1000 });
    return true;
  } catch {
    return false;
  }
}
