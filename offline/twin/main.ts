import { once } from "node:events";
import { dirname, join } from "node:path";
import { styleText } from "node:util";

import { verdict } from "../../delivery/smoke/walk";
import { committedStacks, projectFolder } from "../stack-file";
import { apiKey } from "./api-key";
import { readArguments, type Arguments } from "./arguments";
import { limits, picture, tryIt } from "./screen";
import { Stops } from "./stops";
import { startTwin } from "./twin";
import { walk } from "./walk";

const parentCheckMilliseconds = 500;
const interrupted = 130;
/** A terminal sends Ctrl-C to npm and to us, and npm hands it on: two requests of one person within a moment. */
const sameRequestMilliseconds = 1000;

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2), process.env, committedStacks());
  const stops = new Stops();
  stopWhenAsked(stops);
  try {
    await run(args, stops);
  } catch (error) {
    if (!stops.signal.aborted) {
      throw error;
    }
    process.exitCode = interrupted;
  } finally {
    await stops.run();
  }
}

async function run(args: Arguments, stops: Stops): Promise<void> {
  const began = performance.now();
  const twin = await startTwin({
    ...args,
    directory: args.directory ?? join(projectFolder, ".twin", args.stack),
    onProgress: (part, fact) => console.log(`${seconds(began)}  ${part.padEnd(10)} ${fact}`),
  }, stops);
  if (args.once) {
    const steps = await walk(twin);
    console.log(verdict(steps));
    process.exitCode = steps.every(({ ok }) => ok) ? 0 : 1;
    return;
  }
  console.log(picture(twin) + tryIt(twin.balancer.url, await apiKey(twin)));
  console.log(limits(twin));
  console.log(`\nLogs are in ${twin.logFolder}. Ctrl-C stops everything; --fresh forgets the data in ${dirname(twin.logFolder)}.`);
  await once(stops.signal, "abort");
}

/**
 * Begins the end when somebody asks: by a signal, by the end of npm, which hands on SIGTERM but not SIGHUP, or by
 * closing the other end of a pipe. Asked twice, it leaves at once, and the rest to the next start.
 */
function stopWhenAsked(stops: Stops): void {
  let askedAt = Infinity;
  const ask = (why: string): void => {
    if (stops.signal.aborted) {
      if (performance.now() - askedAt > sameRequestMilliseconds) {
        process.exit(interrupted);
      }
      return;
    }
    askedAt = performance.now();
    console.error(`\n${why}: stopping`);
    // A failure to stop is reported by main, which waits for the same end.
    stops.run().catch(() => undefined);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => ask(signal));
  }
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent && !stops.signal.aborted) {
      ask("npm is gone");
    }
  }, parentCheckMilliseconds).unref();
  for (const stream of [process.stdout, process.stderr]) {
    // Nobody reads any more; saying so would fail the same way.
    stream.on("error", () => void stops.run().catch(() => undefined));
  }
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1).padStart(5)} s`;
}

main().then(() => process.exit(), (error: Error) => {
  console.error(styleText("red", error.message));
  process.exit(1);
});
