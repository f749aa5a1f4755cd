import { parseArgs } from "node:util";

import { runScript } from "./run-script";
import type { SmokeArgs } from "./smoke/round";
import { targetOf, type Target } from "./smoke/target";
import { smoke, verdict } from "./smoke/walk";

const usage = "npm run smoke -- <url> [--write] [--version <v>] [--commit <sha>] [--timeout <seconds>], with API_KEY in the "
  + "environment; or in the place of the url --stack <stack> [--client <name>], which reads url and key from AWS";

const options = {
  "stack": { type: "string" },
  "client": { type: "string" },
  "write": { type: "boolean", default: false },
  "version": { type: "string" },
  "commit": { type: "string" },
  "timeout": { type: "string", default: "60" },
} as const;

/** Only reads: enough for the smoke test, and all that somebody could do who got hold of its key. */
const readingClient = "smoke";
const writingClient = "default";

async function main(): Promise<void> {
  const results = await smoke(await readArguments(process.argv.slice(2), process.env));
  console.log(verdict(results));
  const failed = results.filter(({ ok }) => !ok);
  if (failed[0] !== undefined) {
    throw new Error(`the smoke test failed at "${failed[0].title}": ${failed[0].evidence}`);
  }
}

/** Throws with one line that says what is wrong and what is allowed. */
async function readArguments(words: string[], env: NodeJS.ProcessEnv): Promise<SmokeArgs> {
  const { values, positionals } = parse(words);
  const { stack, client, write, version, commit, timeout } = values;
  if (positionals.length + (stack === undefined ? 0 : 1) !== 1 || (client !== undefined && stack === undefined)) {
    throw new Error(`"${words.join(" ")}" names ${positionals.length === 0 && stack === undefined ? "nothing" : "too much"}: ${usage}`);
  }
  if (!/^\d{1,4}$/.test(timeout)) {
    throw new Error(`--timeout is "${timeout}", but must be 0 to 9999 seconds`);
  }
  const target = stack === undefined
    ? givenTarget(positionals[0] ?? "", env)
    : await targetOf(stack, client ?? (write ? writingClient : readingClient));
  return { ...target, write, version, commit, timeoutSeconds: Number(timeout) };
}

function parse(words: string[]) {
  try {
    return parseArgs({ args: words, options, allowPositionals: true });
  } catch (error) {
    throw new Error(`${(error as Error).message.split(". ")[0]}: ${usage}`, { cause: error });
  }
}

/** Never from an argument: the list of processes shows those to everybody on the computer. */
function givenTarget(url: string, { API_KEY: key }: NodeJS.ProcessEnv): Target {
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url)) {
    throw new Error(`"${url}" is no address, but must be like https://accounts.example.com: ${usage}`);
  }
  if (!key) {
    throw new Error("API_KEY is not set: it is a key of one of the API's clients, which --stack <stack> in the place of the url reads from AWS");
  }
  return { url, key };
}

runScript(main);
