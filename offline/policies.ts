import type {
  PolicyProviderResource, PolicyResource, PolicyResourceOptions, ReportViolation, ResourceValidationArgs, Severity,
} from "@pulumi/policy";

import type { Control } from "../policy/control";
import { controlIds, controls, type ControlId } from "../policy/controls";
import type { Exception } from "../policy/exceptions";
import { exceptionFor, holdsFor, subjectOf, type Subject } from "../policy/pack";
import type { PlannedResource } from "./record";
import { plain } from "./secrets";

/** A control that a resource does not meet. */
export interface Finding {
  readonly control: ControlId;
  readonly severity: Severity;
  /** `<type> <logical name>`. */
  readonly resource: string;
  readonly message: string;
  /** Why it may pass all the same. */
  readonly exception?: Exception;
}

/** Runs controls over resources as a plan holds them: what the pack of policies would find in the engine. */
export async function findingsIn(
  resources: readonly PlannedResource[], ids: readonly ControlId[] = controlIds,
): Promise<Finding[]> {
  const found: Finding[] = [];
  const subjects = asMade(resources);
  for (const id of ids) {
    await judge(resources, controls[id], (message, urn) => {
      const about = subjectOf(id, subjects, urn);
      if (holdsFor(controls[id], about)) {
        found.push(finding(id, about, message));
      }
    });
  }
  return found;
}

/** Lets a control, or a policy of the pack, look at resources as the engine would let it. */
export async function judge(
  resources: readonly PlannedResource[], { resource: each = [], stack }: Pick<Control, "resource" | "stack">,
  report: ReportViolation,
): Promise<void> {
  const asked = asAsked(resources);
  for (const validation of each) {
    for (const resource of asked) {
      await whereApplicable(() => validation(resource, (message) => report(message, resource.urn)));
    }
  }
  await whereApplicable(() => stack?.(
    { resources: asMade(resources), stackTags: new Map(), getConfig, notApplicable }, report));
}

function asAsked(resources: readonly PlannedResource[]): ResourceValidationArgs[] {
  const providers = providersOf(resources);
  return resources.map((resource) =>
    ({ ...subject(resource, providers), props: plain(resource.inputs) }) as ResourceValidationArgs);
}

function asMade(resources: readonly PlannedResource[]): PolicyResource[] {
  const providers = providersOf(resources);
  return resources.map((resource) => ({
    ...subject(resource, providers),
    props: plain({ ...resource.inputs, ...resource.state, id: resource.id }),
    // No control asks for these.
    dependencies: [],
    propertyDependencies: {},
  })) as unknown as PolicyResource[];
}

function providersOf(resources: readonly PlannedResource[]): Providers {
  return new Map(resources.filter(({ type }) => type.startsWith("pulumi:providers:"))
    .map(({ type, name, urn, inputs }) => [name, { type, name, urn, props: inputs }]));
}

function finding(control: ControlId, about: Subject, message: string): Finding {
  const { severity } = controls[control];
  return { control, severity, resource: `${about.type} ${about.name}`, message, exception: exceptionFor(control, about) };
}

type Providers = ReadonlyMap<string, PolicyProviderResource>;

/** What the engine tells a policy beside the properties. */
function subject({ type, name, urn, options }: PlannedResource, providers: Providers) {
  const isType = (resourceClass: object) => (resourceClass as { __pulumiType?: string }).__pulumiType === type;
  return {
    type,
    name,
    urn,
    opts: policyOptions(options),
    provider: providers.get(options.provider),
    stackTags: new Map<string, string>(),
    isType,
    asType<T>(this: { props: T }, resourceClass: object): T | undefined {
      return isType(resourceClass) ? this.props : undefined;
    },
    getConfig,
    notApplicable,
  };
}

function policyOptions({ protect, ignoreChanges, aliases }: PlannedResource["options"]): PolicyResourceOptions {
  return {
    protect,
    ignoreChanges: [...ignoreChanges],
    aliases: [...aliases],
    // No control asks for these.
    additionalSecretOutputs: [],
    customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
  };
}

class NotApplicable extends Error {}

function notApplicable(): never {
  throw new NotApplicable();
}

async function whereApplicable(run: () => Promise<void> | void): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof NotApplicable)) {
      throw error;
    }
  }
}

function getConfig<T extends object>(): T {
  throw new Error("no policy of this project takes configuration");
}
