import { sep } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { answer, answerCall, type Place } from "./answers";
import { recordResources, type PlannedResource } from "./record";
import { projectFolder, readStackFile, type Config } from "./stack-file";
import { guardOutputs, noteUnansweredReads } from "./strict-outputs";

/** All that a stack would create, known without any cloud. */
export interface Plan {
  readonly stack: string;
  readonly config: Config;
  /** Sorted by URN. */
  readonly resources: readonly PlannedResource[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

export interface Rendered {
  readonly plan: Plan;
  /** What the engine would call before it creates or updates a resource, by the hook's name. */
  readonly hooks: ReadonlyMap<string, pulumi.ResourceHookFunction>;
}

/** What may differ from the committed stack. */
export interface RenderOptions {
  readonly config?: Config;
  readonly database?: Place["database"];
}

/**
 * Runs the whole program for a committed stack, with `answers.ts` in the place of AWS. Throws what the program throws,
 * and an error with a line for each output that was read without an answer. One at a time: Pulumi's runtime is global.
 */
export async function render(stack: string, options: RenderOptions = {}): Promise<Rendered> {
  const config = { ...readStackFile(stack), ...options.config };
  const place = { stack, region: config["aws:region"] ?? "", accountId: config["accounts:accountId"] ?? "", database: options.database };
  const problems = new Set<string>();
  const noteProblem = (problem: string) => void problems.add(problem);
  await pulumi.runtime.setMocks({
    newResource: ({ name, type, inputs }) => ({
      id: `${name}-id`,
      state: orNote(noteProblem, () => answer({ name, type, inputs }, place)),
    }),
    call: ({ token, inputs }) => orNote(noteProblem, () => answerCall(token, inputs)),
  }, "accounts", stack);
  pulumi.runtime.setAllConfig(config);
  const resources = recordResources();
  const asked = new Set<string>();
  const hooks = new Map<string, pulumi.ResourceHookFunction>();
  const done = noteUnansweredReads(noteProblem);
  try {
    const program = loadProgram((args) => observe(args, asked, hooks));
    const outputs = await pulumi.runtime.runInPulumiStack(program.run) as Record<string, unknown>;
    await pulumi.runtime.disconnect();
    program.rethrow();
    neverRegistered(asked, resources).forEach(noteProblem);
    if (problems.size > 0) {
      throw new Error([...problems].join("\n"));
    }
    const sorted = resources.toSorted((a, b) => (a.urn < b.urn ? -1 : 1));
    return { plan: { stack, config, resources: sorted, outputs }, hooks };
  } finally {
    done();
  }
}

/** A mock that throws rejects a hundred promises, so the problem is kept and told once, at the end. */
function orNote(noteProblem: (problem: string) => void, answered: () => object): Record<string, unknown> {
  try {
    return { ...answered() };
  } catch (error) {
    noteProblem((error as Error).message);
    return {};
  }
}

/**
 * Runs `index.ts` anew: its resources are made by the top level of a module. What it throws is kept for later, since
 * inside Pulumi's stack it would also reject promises that nobody holds.
 */
function loadProgram(observer: (args: pulumi.ResourceTransformationArgs) => undefined) {
  let thrown: unknown;
  return {
    run: (): Promise<object> => {
      pulumi.runtime.registerStackTransformation(observer);
      forgetProgram();
      try {
        // eslint-disable-next-line @typescript-eslint/no-require-imports -- only what is required can be run again
        return Promise.resolve({ ...require("../index") as object });
      } catch (error) {
        thrown = error;
        return Promise.resolve({});
      }
    },
    rethrow: () => {
      if (thrown !== undefined) {
        throw thrown;
      }
    },
  };
}

/** Sees each resource as the program asks for it, before it waits for anything. */
function observe(
  { resource, type, name, props, opts }: pulumi.ResourceTransformationArgs,
  asked: Set<string>, hooks: Map<string, pulumi.ResourceHookFunction>,
): undefined {
  asked.add(`${type} ${name}`);
  guardOutputs(resource, type, Object.keys(props));
  for (const hook of [...opts.hooks?.beforeCreate ?? [], ...opts.hooks?.beforeUpdate ?? []]) {
    if (hook instanceof pulumi.ResourceHook) {
      hooks.set(hook.name, hook.callback);
    }
  }
}

/** A resource whose inputs throw is left out by the SDK without a word. */
function neverRegistered(asked: ReadonlySet<string>, resources: readonly PlannedResource[]): string[] {
  const registered = new Set(resources.map(({ type, name }) => `${type} ${name}`));
  return [...asked].filter((resource) => !registered.has(resource)).map((resource) =>
    `${resource} is not in the plan: something that its inputs wait for has thrown`);
}

function forgetProgram(): void {
  for (const file of Object.keys(require.cache)) {
    const path = file.replaceAll(sep, "/").slice(projectFolder.length);
    if (file.startsWith(projectFolder + sep) && /^\/(index\.ts$|environments\/|infra\/)/.test(path)) {
      delete require.cache[file];
    }
  }
}
