export type Inputs = Readonly<Record<string, unknown>>;

/** A component as the program asks awsx for it. */
export interface Component {
  readonly name: string;
  readonly inputs: Inputs;
}

/** A resource that awsx makes of a component, with the id and the outputs that it is answered. */
export interface Child {
  readonly type: string;
  readonly name: string;
  readonly inputs: Inputs;
  /** Undefined where the component itself is the parent. */
  readonly parent: Child | undefined;
  readonly id: string;
  readonly state: Inputs;
}

/** Makes a child, as `new` does in awsx's own code. */
export type Make = (type: string, name: string, inputs: Inputs, parent?: Child) => Child;

/** What awsx does with a component: makes its children, and returns the outputs of the component. */
export type Expansion = (component: Component, make: Make) => Record<string, unknown>;

/**
 * Refuses arguments whose effect nobody has looked up in awsx: they would be missing in the plan without a word. The
 * values are known to be of the type, because the compiler has checked them where the program says them.
 */
export function checked<T>(what: string, inputs: Inputs, known: Readonly<Record<keyof T & string, "needed" | "optional">>): T {
  const unknown = Object.keys(inputs).filter((key) => !(key in known));
  const missing = Object.entries(known).filter(([key, need]) => need === "needed" && inputs[key] === undefined)
    .map(([key]) => key);
  if (unknown.length > 0 || missing.length > 0) {
    const problems = [...unknown.map((key) => `${key} is not known`), ...missing.map((key) => `${key} is missing`)];
    throw new Error(`offline/awsx does not know what awsx makes of ${what}: ${problems.join(", ")}; it knows ` +
      `${Object.keys(known).join(", ")}. Look up in awsx's source what follows, and add it`);
  }
  return inputs as T;
}

/** Refuses to go on without what awsx would otherwise derive from something else. */
export function need(what: string, inputs: Inputs, ...keys: readonly string[]): void {
  const missing = keys.filter((key) => inputs[key] === undefined);
  if (missing.length > 0) {
    throw new Error(`${what} has no ${missing.join(", no ")}: say it, since awsx derives it from something else`);
  }
}

/** Without what is undefined: a resource's inputs have no such thing. */
export function defined(inputs: Inputs): Inputs {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));
}
