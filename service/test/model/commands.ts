import fc from "fast-check";

import { anyJson } from "../fuzz/schema-values.ts";

/** What a condition names, of what the client knows: the version now, an older one, any, or that there is none. */
export type Condition = "none" | "current" | "stale" | "any" | "absent";

/** One thing for a client to do. `user` and `key` choose among those that it has. */
export type Command =
  | { readonly does: "create"; readonly name: string; readonly attributes: object }
  | { readonly does: "read" | "delete"; readonly user: number; readonly condition: Condition }
  | { readonly does: "patch"; readonly user: number; readonly condition: Condition; readonly patch: object }
  | { readonly does: "put"; readonly user: number; readonly key: string; readonly condition: Condition; readonly value: unknown }
  | { readonly does: "get" | "remove"; readonly user: number; readonly key: string; readonly condition: Condition }
  | { readonly does: "documents"; readonly user: number; readonly limit: number }
  | { readonly does: "list"; readonly limit: number }
  | { readonly does: "increment" | "increment-document" | "remove-document" }
  | { readonly does: "claim" | "release"; readonly email: number }
  | { readonly does: "once"; readonly key: number; readonly body: number; readonly times: number };

const user = fc.nat(3);
const key = fc.constantFrom("a", "b", "settings");
const condition = fc.constantFrom<Condition>("none", "current", "current", "stale", "any", "absent");
const name = fc.constantFrom("Ada", "Grace", "Edsger");
const attributes = fc.constantFrom({}, { plan: "free" }, { plan: "free", tags: ["a"], nested: { deep: { x: 1, y: 2 } } });
const patch = fc.constantFrom<object>(
  {}, { name: "Barbara" }, { attributes: null }, { attributes: { plan: null } }, { attributes: { nested: { deep: { x: null, z: 3 } } } },
  { name: "Tony", attributes: { plan: { was: "text" } } }, { attributes: { nested: "text" } },
);
const does = <Name extends Command["does"]>(what: Name) => fc.constant(what);

/** Every client does its own, and all of them meet at the shared counters, addresses and keys. */
export const commands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: does("create"), name, attributes }) },
  { weight: 3, arbitrary: fc.record({ does: does("read"), user, condition }) },
  { weight: 4, arbitrary: fc.record({ does: does("patch"), user, condition, patch }) },
  { weight: 1, arbitrary: fc.record({ does: does("delete"), user, condition }) },
  { weight: 4, arbitrary: fc.record({ does: does("put"), user, key, condition, value: anyJson }) },
  { weight: 3, arbitrary: fc.record({ does: does("get"), user, key, condition }) },
  { weight: 2, arbitrary: fc.record({ does: does("remove"), user, key, condition }) },
  { weight: 2, arbitrary: fc.record({ does: does("documents"), user, limit: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ does: does("list"), limit: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 4, arbitrary: fc.record({ does: does("increment") }) },
  { weight: 3, arbitrary: fc.record({ does: does("increment-document") }) },
  { weight: 1, arbitrary: fc.record({ does: does("remove-document") }) },
  { weight: 2, arbitrary: fc.record({ does: does("claim"), email: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ does: does("release"), email: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ does: does("once"), key: fc.nat(2), body: fc.nat(1), times: fc.integer({ min: 1, max: 2 }) }) },
);
