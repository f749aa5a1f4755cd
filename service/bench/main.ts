import { Cleanup } from "./cleanup.ts";
import { prepareBed } from "./bed.ts";
import type { Context, VariantName } from "./context.ts";
import { describeMachine, findPlaces, moveTo } from "./machine.ts";
import { measureSlow } from "./measures/slow.ts";
import { measureStart } from "./measures/start.ts";
import { measureStorm } from "./measures/storm.ts";
import { measureGet, measurePost } from "./measures/throughput.ts";
import { measures, readOptions, usage, type MeasureName, type Options } from "./options.ts";
import { render, type Section } from "./report.ts";
import { Requests } from "./requests.ts";
import { Server, type Variant } from "./server.ts";
import { writeIntoDocument } from "./document.ts";

/** In the order of `measures`: what fills the tables comes last. */
const measuring: Readonly<Record<MeasureName, (context: Context) => Promise<Section[]>>> = {
  start: measureStart, get: measureGet, slow: measureSlow, post: measurePost, storm: measureStorm,
};

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // More than once: npm passes on the Ctrl-C that the terminal has already sent to everybody.
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(`${usage}\n`);
  } else {
    process.exitCode = await run(options, stopping.signal);
  }
} catch (error) {
  const reason = (stopping.signal.aborted ? stopping.signal.reason : error) as Error;
  process.stderr.write(`bench: ${reason.message}\n`);
  process.exitCode = stopping.signal.aborted ? 130 : 2;
}

async function run(options: Options, signal: AbortSignal): Promise<number> {
  const cleanup = new Cleanup();
  try {
    const context = await prepare(options, signal, cleanup);
    const sections: Section[] = [];
    for (const name of measures.filter((one) => options.only.includes(one))) {
      sections.push(...await measuring[name](context));
    }
    const day = new Date().toISOString().slice(0, 10);
    const report = `${day}, ${describeMachine()}, servers' logs to ${options.log}.\n\n${render(sections)}\n`;
    process.stdout.write(report);
    if (options.markdown) {
      writeIntoDocument(report);
    }
    return exitCodeFor(sections, options.strict);
  } finally {
    await cleanup.run();
  }
}

async function prepare(options: Options, signal: AbortSignal, cleanup: Cleanup): Promise<Context> {
  const progress = (text: string): void => void process.stderr.write(`${text}\n`);
  const places = findPlaces();
  if (places === undefined) {
    progress("CPUs cannot be told apart here: servers, database and load share all of them, and the numbers are rougher");
  } else {
    moveTo(places.others);
  }
  progress(`preparing: build, database, ${options.users} users`);
  const bed = await prepareBed(options.users, cleanup);
  const requests = new Requests(bed.apiKey);
  const residents = new Map<VariantName, Promise<Server>>();
  const start = async (name: VariantName): Promise<Server> => {
    const variant: Variant = bed.variants[name];
    const server = await Server.start(variant, {
      cpuList: places?.servers, logFile: options.log, signal,
      probe: { path: `/v1/users/${bed.ids[0]}`, headers: requests.headers },
    });
    cleanup.add(() => server.stop());
    return server;
  };
  return {
    options, bed, requests, signal, start, progress,
    resident: (name) => {
      const known = residents.get(name) ?? start(name);
      residents.set(name, known);
      return known;
    },
  };
}

function exitCodeFor(sections: readonly Section[], strict: boolean): number {
  const verdicts = sections.flatMap(({ rows }) => rows.map(({ verdict }) => verdict));
  const bad = verdicts.includes("missed") || strict && verdicts.includes("too noisy to tell");
  return bad ? 1 : 0;
}
