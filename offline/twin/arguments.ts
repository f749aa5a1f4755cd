import { resolve } from "node:path";

/** What `npm start` was asked for. */
export interface Arguments {
  readonly stack: string;
  /** Walk the path of a request and stop, rather than run until somebody stops it. */
  readonly once: boolean;
  /** Forget the data of earlier runs. */
  readonly fresh: boolean;
  /** Where data are kept; `.twin/<stack>` if not given. */
  readonly directory?: string;
  /** Where the load balancer listens; 0 for any free port. */
  readonly port: number;
}

const usage = "npm start -- [stack] [--once] [--fresh] [--directory=<folder>], with PORT in the environment";

/** Reads the command line and `PORT`. Throws with one line that says what is wrong and what is allowed. */
export function readArguments(
  words: readonly string[], environment: NodeJS.ProcessEnv, stacks: readonly string[],
): Arguments {
  const swallowed = ["once", "fresh"].find((flag) => environment[`npm_config_${flag}`] !== undefined);
  if (swallowed !== undefined || words.some((word) => ["-h", "--help"].includes(word))) {
    throw new Error(swallowed ? `npm kept --${swallowed} for itself, two dashes hand it on: ${usage}` : usage);
  }
  const stack = words.filter((word) => !word.startsWith("--"));
  const flags = words.filter((word) => word.startsWith("--"));
  const given = flags.find((flag) => flag.startsWith("--directory="))?.slice("--directory=".length);
  const directory = given && resolve(given);
  const unknown = flags.find((flag) => !/^--(once|fresh|directory=.+)$/.test(flag));
  if (unknown !== undefined) {
    throw new Error(`${unknown} is not known: ${usage}`);
  }
  if (stack.length > 1) {
    throw new Error(`${stack.join(" ")} are ${stack.length} stacks, but one can run: ${usage}`);
  }
  const [name = "dev"] = stack;
  if (!stacks.includes(name)) {
    throw new Error(`there is no stack "${name}": Pulumi.<stack>.yaml exists for ${stacks.join(", ")}`);
  }
  return { stack: name, once: flags.includes("--once"), fresh: flags.includes("--fresh"), directory, port: readPort(environment) };
}

function readPort({ PORT = "8080" }: NodeJS.ProcessEnv): number {
  const port = Number(PORT);
  if (!/^\d+$/.test(PORT) || port > 65535) {
    throw new Error(`PORT is "${PORT}", but must be 1 to 65535, or 0 for any free port`);
  }
  return port;
}
