import {
  validateResourceOfType,
  type PolicyResource, type ResourceValidation, type ResourceValidationArgs, type Severity, type StackValidation,
} from "@pulumi/policy";
import type { Resource, Unwrap } from "@pulumi/pulumi";

/** The id is the key: that of Security Hub or Checkov, or a name of our own. */
export type Controls = Readonly<Record<string, Control>>;

export interface Control {
  /** What holds when the control is met. */
  readonly title: string;
  readonly severity: Severity;
  readonly where: "everywhere" | "keptData" | "disposableData";
  /** Look at one resource, as it is asked for. */
  readonly resource?: readonly ResourceValidation[];
  /** Looks at what belongs together. */
  readonly stack?: StackValidation;
}

/** What is wrong, in the words of the person who can mend it; nothing where all is well. */
export type Verdict = Complaints | string | undefined;

export type Complaints = readonly (string | undefined)[];

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as the SDK asks for it
type Class<R extends Resource, Args> = new (name: string, args: Args, ...rest: any[]) => R;

/** Judges each resource of a type by what the program asks for. */
export function each<R extends Resource, Args>(
  type: Class<R, Args>, judge: (props: Unwrap<NonNullable<Args>>, resource: ResourceValidationArgs) => Verdict,
): ResourceValidation {
  return validateResourceOfType(type, (props, resource, report) => {
    complaints(judge(props, resource)).forEach((complaint) => report(complaint));
  });
}

/** Judges resources by others: each verdict with the resource it is about. */
export function across(judge: (stack: Stack) => Iterable<readonly [PolicyResource, Verdict]>): StackValidation {
  return ({ resources }, report) => {
    for (const [{ urn }, verdict] of judge(new Stack(resources))) {
      complaints(verdict).forEach((complaint) => report(complaint, urn));
    }
  };
}

function complaints(verdict: Verdict): string[] {
  return [verdict].flat().filter((complaint) => complaint !== undefined);
}

/** All resources of a stack, by type. */
export class Stack {
  constructor(private readonly resources: readonly PolicyResource[]) {}

  of<R extends Resource, Args>(type: Class<R, Args>) {
    return this.resources.flatMap((resource) => {
      const props = resource.asType(type);
      return props === undefined ? [] : [{ resource, props }];
    });
  }
}

/** The value, or the other one while a preview cannot know it: an unknown value throws when it is touched. */
export function known<T>(read: () => T): T | undefined;
export function known<T, Other>(read: () => T, otherwise: Other): Other | T;
export function known(read: () => unknown, otherwise?: unknown): unknown {
  try {
    return read();
  } catch (error) {
    // The SDK exports no class for it.
    if ((error as Error).constructor.name === "UnknownValueError") {
      return otherwise;
    }
    throw error;
  }
}

/** The entries of a list, undefined where a preview cannot know them; nothing for a list that is not known itself. */
export function knownEntries<T>(read: () => readonly T[] | undefined): (T | undefined)[] | undefined {
  const entries = known(read);
  return entries && Array.from({ length: entries.length }, (_, index) => known(() => entries[index]));
}

/** Whether two values are equal, or may be once they are known. */
export function maySame(left: () => unknown, right: () => unknown): boolean {
  const [a, b] = [known(left), known(right)];
  return a === undefined || b === undefined || a === b;
}

/** `must({ storageEncrypted }, true)`: the value has to be one of those wanted. */
export function must(property: Readonly<Record<string, unknown>>, ...wanted: unknown[]): Complaints {
  return Object.entries(property).map(([name, value]) =>
    unless(wanted.includes(value), `${name} must be ${wanted.map(text).join(" or ")}, is ${text(value)}`));
}

export function mustNot(property: Readonly<Record<string, unknown>>, ...refused: unknown[]): Complaints {
  return Object.entries(property).map(([name, value]) =>
    unless(!refused.includes(value), `${name} must not be ${refused.map(text).join(" or ")}`));
}

/** To a value that a preview cannot know is set, too. */
export function mustBeSet<Props extends object>(props: Props, ...names: (keyof Props & string)[]): Complaints {
  return names.map((name) => {
    const value: unknown = known(() => props[name], "unknown");
    return unless(value !== undefined && value !== null && value !== "", `${name} must be set`);
  });
}

export function atLeast(least: number, property: Readonly<Record<string, number | undefined>>): Complaints {
  return Object.entries(property).map(([name, value]) =>
    unless(value !== undefined && value >= least, `${name} must be ${least} or more, is ${text(value)}`));
}

export function unless(met: boolean, complaint: string): string | undefined {
  return met ? undefined : complaint;
}

function text(value: unknown): string {
  return value === undefined ? "unset" : JSON.stringify(value);
}
