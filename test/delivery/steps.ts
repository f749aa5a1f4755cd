import { secret } from "../../offline/secrets";

/** How Pulumi's protocol spells what is not known yet. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export { secret };

export const databaseUrn = "accounts:infra:Database$aws:rds/instance:Instance::database-1";

interface State {
  readonly inputs: object;
  readonly outputs?: object;
  readonly custom?: boolean;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
}

export interface Step {
  readonly op: string;
  /** `<parents' types>$<type>::<name>`; the database if not given. */
  readonly urn?: string;
  readonly old?: State;
  readonly new?: State;
  readonly keys?: readonly string[];
  readonly diffs?: readonly string[];
}

/** The lines of an event log as the engine writes it of these steps. */
export function before(...steps: readonly Step[]): string {
  return steps.map((step) => line({ resourcePreEvent: { metadata: metadata(step) } })).join("");
}

/** The same of what is told when a step is done. */
export function after(...steps: readonly Step[]): string {
  return steps.map((step) => line({ resOutputsEvent: { metadata: metadata(step) } })).join("");
}

export function line(event: object): string {
  return `${JSON.stringify({ sequence: 0, timestamp: 0, ...event })}\n`;
}

function metadata({ op, urn = databaseUrn, old, new: now, keys, diffs }: Step): object {
  const type = urn.split("::")[0]?.split("$").at(-1);
  const whole = `urn:pulumi:dev::accounts::${urn}`;
  const state = (given: State | undefined) => given === undefined ? null
    : { type, urn: whole, custom: true, id: "", parent: "", outputs: {}, provider: "", ...given };
  return { op, urn: whole, type, old: state(old), new: state(now), keys, diffs, detailedDiff: null, provider: "" };
}
