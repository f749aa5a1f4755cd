import * as pulumi from "@pulumi/pulumi";

/** Where reads without an answer are noted; undefined while nothing is rendered. */
let note: ((problem: string) => void) | undefined;

const outputs = new WeakMap<object, Record<string, pulumi.Output<unknown>>>();
const guarded = new WeakMap<object, Set<string>>();

/** Notes every read of an output for which there is no answer, until the returned function is called. */
export function noteUnansweredReads(report: (problem: string) => void): () => void {
  note = report;
  const { invokeOutput } = pulumi.runtime;
  const runtime = pulumi.runtime as { invokeOutput: typeof invokeOutput };
  runtime.invokeOutput = <T>(...call: Parameters<typeof invokeOutput>) =>
    invokeOutput<T>(...call).apply((result) => strict(result, call[0])) as pulumi.Output<T>;
  return () => {
    note = undefined;
    runtime.invokeOutput = invokeOutput;
  };
}

/**
 * Makes reads of a resource's outputs strict. The SDK resolves an output without an answer to `undefined`, which then
 * vanishes from the inputs it flows into without a trace. To be called before the resource has its outputs, hence from
 * a transformation: they are caught on the prototype, since the SDK refuses properties that are already there.
 */
export function guardOutputs(resource: object, type: string, properties: Iterable<string>): void {
  const prototype = Object.getPrototypeOf(resource) as object;
  const known = guarded.get(prototype) ?? new Set();
  guarded.set(prototype, known);
  for (const property of properties) {
    if (property !== "id" && property !== "urn" && !known.has(property)) {
      known.add(property);
      guardProperty(prototype, type, property);
    }
  }
}

function guardProperty(prototype: object, type: string, property: string): void {
  Object.defineProperty(prototype, property, {
    configurable: true,
    get(this: object) {
      const output = outputs.get(this)?.[property];
      return note === undefined ? output : output?.apply((value) => strict(value, `${type}.${property}`));
    },
    set(this: object, output: pulumi.Output<unknown>) {
      outputs.set(this, { ...outputs.get(this), [property]: output });
    },
  });
}

/** The value, or for an object one that notes the read of a property it does not have. */
function strict(value: unknown, path: string): unknown {
  if (value === undefined) {
    note?.(`the program reads ${path}, for which offline/answers.ts has no answer: add what AWS would say`);
    return value;
  }
  if (typeof value !== "object" || value === null || pulumi.Resource.isInstance(value)) {
    return value;
  }
  return new Proxy(value, {
    get(target, key) {
      const inner: unknown = Reflect.get(target, key);
      // Symbols and these names are asked by JavaScript and the SDK of any object, not by the program.
      const asked = typeof key === "string" && key !== "then" && key !== "toJSON" && !key.startsWith("__pulumi");
      return asked && typeof inner !== "function" ? strict(inner, `${path}.${key}`) : inner;
    },
  });
}
