import fc from "fast-check";

import type { Api } from "./api.ts";
import type { Draft } from "./draft.ts";
import { framings, plainly, type Framing } from "./framing.ts";
import { hostileChanges } from "./hostile.ts";
import { nearChanges, type Change } from "./near.ts";
import type { Known } from "./schema-values.ts";
import { validDrafts } from "./valid.ts";
import type { Wire } from "./wire.ts";

export const kinds = ["valid", "near", "hostile"] as const;
export type Kind = (typeof kinds)[number];

/** One request to send, and what it is. */
export interface Case {
  readonly kind: Kind;
  /** What was changed of a valid request. */
  readonly changes: readonly string[];
  readonly draft: Draft;
  readonly wire: Wire;
  /** Sent again after its answer. */
  readonly repeated: boolean;
}

/** Requests of every kind. Operations with more ways to answer come more often. */
export function casesOf(api: Api, known: Known): fc.Arbitrary<Case> {
  const drafts = fc.oneof(...api.operations.map((operation) => ({
    weight: Object.keys(operation.responses).length, arbitrary: validDrafts(operation, api, known),
  })));
  const repeated = fc.nat(9).map((tenth) => tenth === 1);
  const frame = (kind: Kind) => ({ draft, changes, framing = plainly, repeated }: {
    draft: Draft; changes: readonly Change[]; framing?: Framing; repeated: boolean;
  }): Case => {
    const changed = changes.reduce((current, { apply }) => apply(current), draft);
    const names = [...changes.map(({ name }) => name), framing.name].filter((name) => name !== "");
    return { kind, changes: names, draft: changed, wire: framing.frame(changed), repeated };
  };

  return fc.oneof(
    { weight: 9, arbitrary: fc.record({ draft: drafts, changes: fc.constant([]), repeated }).map(frame("valid")) },
    {
      weight: 14,
      arbitrary: fc.record({ draft: drafts, changes: fc.array(nearChanges, { minLength: 1, maxLength: 2 }), repeated }).map(frame("near")),
    },
    {
      weight: 8,
      arbitrary: fc.record({ draft: drafts, changes: fc.array(hostileChanges, { minLength: 1, maxLength: 2 }), repeated }).map(frame("hostile")),
    },
    {
      weight: 2,
      arbitrary: fc.record({ draft: drafts, changes: fc.constant([]), framing: framings, repeated: fc.constant(false) }).map(frame("hostile")),
    },
  );
}
