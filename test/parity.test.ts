import * as assert from "node:assert/strict";

import { committedStacks } from "../offline/stack-file";
import { differences, type Difference } from "./differences";
import * as environments from "./example/settings";
import { mayDiffer, reference } from "./parity";
import { planOf } from "./plans";

const declared = mayDiffer.flatMap(({ at }) => at);

/** Whether an entry of `mayDiffer` speaks of a difference. */
function covers(at: string, { type, name, path }: Difference): boolean {
  const [foundPath = "", foundName = "", foundType] = at.split(" ").toReversed();
  const pathMatches = foundPath === "*" ? path === "*" : path !== "*" && pattern(foundPath).test(path);
  return pathMatches && pattern(foundName).test(name) && (foundType === undefined || foundType === type);
}

function pattern(text: string): RegExp {
  const parts = text.split(/(\*\*|\*)/).map((part) => part === "**" ? ".*" : part === "*" ? "[^.]*" : escape(part));
  return new RegExp(`^${parts.join("")}$`);
}

const escape = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");

/** As an entry is written, with what has been found. */
const entry = ({ name, path, here, there }: Difference, stack: string): string =>
  `"${name} ${path}",  // ${stack}: ${here}, ${reference}: ${there}`;

describe("parity", () => {
  const others = committedStacks().filter((stack) => stack !== reference);
  const found = new Map<string, Difference[]>();

  before(async () => {
    for (const stack of others) {
      found.set(stack, differences(await planOf(stack), await planOf(reference)));
    }
  });

  it("has something to compare", () => {
    assert.ok(others.length > 0, `no stack but ${reference} is committed`);
  });

  for (const stack of others) {
    it(`${stack} differs from ${reference} only where that is declared`, () => {
      const undeclared = (found.get(stack) ?? []).filter((difference) => !declared.some((at) => covers(at, difference)))
        .map((difference) => entry(difference, stack));
      assert.equal(undeclared.length, 0,
        "these stand in no entry of test/parity.ts: make the stacks alike, or declare the difference with its reason\n" +
        undeclared.join("\n"));
    });
  }

  it("declares nothing that no stack needs, nor the example, because it would hide the next difference there", async () => {
    const example = differences(await planOf("dev", { environments }), await planOf("prod", { environments }));
    const all = [...found.values(), example].flat();
    assert.deepEqual(declared.filter((at) => !all.some((difference) => covers(at, difference))), [],
      "take these out of test/parity.ts");
  });

  it("declares nothing twice", () => {
    assert.deepEqual(declared.filter((at, index) => declared.indexOf(at) !== index), []);
  });

  it("has a reason for each", () => {
    assert.deepEqual(mayDiffer.filter(({ reason, at }) => reason.length < 20 || at.length === 0), []);
  });

  describe("an entry speaks of", () => {
    const difference: Difference = { type: "aws:ecs/service:Service", name: "service", path: "a.b.c", here: "1", there: "2" };
    const missing = { ...difference, path: "*" };
    const rows: [at: string, difference: Difference, covered: boolean][] = [
      ["service a.b.c", difference, true],
      ["service a.b", difference, false],
      ["service a.*.c", difference, true],
      ["service a.*", difference, false],
      ["service a.**", difference, true],
      ["service a.b.c.**", difference, false],
      ["serv* a.b.c", difference, true],
      ["other a.b.c", difference, false],
      ["aws:ecs/service:Service service a.b.c", difference, true],
      ["aws:ecs/cluster:Cluster service a.b.c", difference, false],
      ["service *", missing, true],
      ["service *", { ...difference, path: "a" }, false],
      ["service **", missing, false],
      ["service (protect)", { ...difference, path: "(protect)" }, true],
      ["service (dependsOn).*", { ...difference, path: "(dependsOn).aws:kms/key:Key key" }, true],
    ];
    for (const [at, about, covered] of rows) {
      it(`${about.name} ${about.path}: \`${at}\` does${covered ? "" : " not"}`, () => {
        assert.equal(covers(at, about), covered);
      });
    }
  });
});
