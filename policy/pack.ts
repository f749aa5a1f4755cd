import type {
  Policies, PolicyProviderResource, PolicyResource, ReportViolation, ResourceValidation, StackValidation,
} from "@pulumi/policy";

import type { Control } from "./control";
import { controlIds, controls, type ControlId } from "./controls";
import { exceptions, type Exception } from "./exceptions";
import { keepsData } from "./kept-data";

/** What a violation is about. */
export interface Subject {
  readonly type: string;
  readonly name: string;
  readonly provider?: PolicyProviderResource;
}

/** Whether a control holds for a resource, by what becomes of its environment's data. */
export function holdsFor({ where }: Control, { provider }: Subject): boolean {
  return where === "everywhere" || (where === "keptData") === keepsData(provider);
}

export function exceptionFor(control: ControlId, { type, name }: Subject): Exception | undefined {
  return exceptions.find((exception) => exception.control === control && covers(exception, `${type} ${name}`));
}

export function covers({ resources }: Exception, resource: string): boolean {
  return resources.some((pattern) => pattern.endsWith("*") ? resource.startsWith(pattern.slice(0, -1)) : resource === pattern);
}

/** The controls as Pulumi runs them: a violation that no exception takes in stops the update. */
export function policies(): Policies {
  return controlIds.map((id) => {
    const control = controls[id];
    return {
      name: id,
      description: control.title,
      severity: control.severity,
      enforcementLevel: "mandatory",
      ...control.resource && { validateResource: control.resource.map((validation) => ofResource(id, validation)) },
      ...control.stack && { validateStack: ofStack(id, control.stack) },
    };
  });
}

function ofResource(id: ControlId, validation: ResourceValidation): ResourceValidation {
  return (resource, report) => holdsFor(controls[id], resource)
    ? validation(resource, (message) => passOn(id, resource, message, report))
    : undefined;
}

function ofStack(id: ControlId, validation: StackValidation): StackValidation {
  return (stack, report) => validation(stack, (message, urn) => {
    const resource = subjectOf(id, stack.resources, urn);
    if (holdsFor(controls[id], resource)) {
      passOn(id, resource, message, report);
    }
  });
}

function passOn(id: ControlId, resource: Subject & { urn: string }, message: string, report: ReportViolation): void {
  if (exceptionFor(id, resource) === undefined) {
    report(message, resource.urn);
  }
}

/** The resource that a control over the whole stack complains of. */
export function subjectOf(id: ControlId, resources: readonly PolicyResource[], urn?: string): PolicyResource {
  const subject = resources.find((resource) => resource.urn === urn);
  if (subject === undefined) {
    throw new Error(`${id} complains of ${urn}, which the stack does not hold`);
  }
  return subject;
}
