import { join, sep } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { answer, answerCall, idOf, type Place } from "./answers";
import { expand, isComponentOfAwsx } from "./awsx";
import { withoutPromiseStacks } from "./promise-stacks";
import { recordResources, type PlannedResource } from "./record";
import { neverRegistered, saidOf, type Said } from "./said";
import { program as accounts, projectFolder, readStackFile, type Config, type Project } from "./stack-file";
import { guardOutputs, noteUnansweredReads } from "./strict-outputs";

/** All that a stack would create, known without any cloud. */
export interface Plan {
  readonly stack: string;
  readonly project: Project;
  readonly config: Config;
  /** Sorted by URN. */
  readonly resources: readonly PlannedResource[];
  /** The same, and what awsx makes of its components. Sorted by URN, too. */
  readonly expanded: readonly PlannedResource[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

export interface Rendered {
  readonly plan: Plan;
  /** What the engine would call before it creates or updates a resource, by the hook's name. */
  readonly hooks: ReadonlyMap<string, pulumi.ResourceHookFunction>;
}

/** What may differ from the committed stack. */
export interface RenderOptions {
  readonly project?: Project;
  readonly config?: Config;
  readonly database?: Place["database"];
}

/**
 * Runs the whole program for a committed stack, with `answers.ts` in the place of AWS. Throws what the program throws,
 * and an error with a line for each output that was read without an answer. One at a time: Pulumi's runtime is global.
 */
export async function render(stack: string, options: RenderOptions = {}): Promise<Rendered> {
  const project = options.project ?? accounts;
  const config = { ...readStackFile(stack, project), ...options.config };
  const accountId = config[`${project.name}:accountId`] ?? "";
  const place = { stack, region: config["aws:region"] ?? "", accountId, database: options.database };
  const problems = new Set<string>();
  const noteProblem = (problem: string) => void problems.add(problem);
  await pulumi.runtime.setMocks({
    newResource: ({ name, type, inputs }) => ({
      id: idOf({ name, type, inputs }),
      state: orNote(noteProblem, () => answer({ name, type, inputs }, place)),
    }),
    call: ({ token, inputs }) => orNote(noteProblem, () => answerCall(token, inputs)),
  }, project.name, stack);
  pulumi.runtime.setAllConfig(config);
  const said = new Map<string, Said>();
  const resources = recordResources(said);
  const hooks = new Map<string, pulumi.ResourceHookFunction>();
  const done = noteUnansweredReads(noteProblem);
  const withStacks = withoutPromiseStacks();
  try {
    const program = loadProgram(project, (args) => observe(args, said, hooks, noteProblem));
    const outputs = await pulumi.runtime.runInPulumiStack(program.run) as Record<string, unknown>;
    await pulumi.runtime.disconnect();
    program.rethrow();
    neverRegistered(said, resources).forEach(noteProblem);
    if (problems.size > 0) {
      throw new Error([...problems].join("\n"));
    }
    const expanded = [...resources, ...await expandAll(resources, said, place)];
    const plan = { stack, project, config, resources: sorted(resources), expanded: sorted(expanded), outputs };
    return { plan, hooks };
  } finally {
    withStacks();
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
function loadProgram({ folder }: Project, observer: (args: pulumi.ResourceTransformationArgs) => undefined) {
  let thrown: unknown;
  return {
    run: (): Promise<object> => {
      pulumi.runtime.registerStackTransformation(observer);
      forgetProgram();
      try {
        // eslint-disable-next-line @typescript-eslint/no-require-imports -- only what is required can be run again
        return Promise.resolve({ ...require(join(projectFolder, folder, "index")) as object });
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
  said: Map<string, Said>, hooks: Map<string, pulumi.ResourceHookFunction>, noteProblem: (problem: string) => void,
): undefined {
  said.set(`${type} ${name}`, saidOf({ type, name, opts }, noteProblem));
  guardOutputs(resource, type, Object.keys(props));
  for (const hook of [...opts.hooks?.beforeCreate ?? [], ...opts.hooks?.beforeUpdate ?? []]) {
    if (hook instanceof pulumi.ResourceHook) {
      hooks.set(hook.name, hook.callback);
    }
  }
}

async function expandAll(
  resources: readonly PlannedResource[], said: ReadonlyMap<string, Said>, place: Place,
): Promise<PlannedResource[]> {
  const components = resources.filter(({ type }) => isComponentOfAwsx(type));
  const made = await Promise.all(components.map((component) => expand(
    component,
    said.get(`${component.type} ${component.name}`)?.transforms ?? [],
    (child) => ({ id: idOf(child), state: answer(child, place) }),
  )));
  return made.flat();
}

function sorted(resources: readonly PlannedResource[]): PlannedResource[] {
  return resources.toSorted((a, b) => (a.urn < b.urn ? -1 : 1));
}

function forgetProgram(): void {
  for (const file of Object.keys(require.cache)) {
    const path = file.replaceAll(sep, "/").slice(projectFolder.length);
    if (file.startsWith(projectFolder + sep) && /^\/(index\.ts$|environments\/|infra\/|bootstrap\/)/.test(path)) {
      delete require.cache[file];
    }
  }
}
