import { strict as assert } from "node:assert";

import { differencesIn, type PropertyChange, type Tree } from "../../delivery/report/structure";

describe("the difference of two trees", () => {
  const rows: [what: string, from: Tree, to: Tree, differences: PropertyChange[]][] = [
    ["nothing", { a: [1, { b: "c" }] }, { a: [1, { b: "c" }] }, []],
    ["a value", { a: { b: 1 } }, { a: { b: 2 } }, [{ path: "a.b", from: 1, to: 2 }]],
    ["another kind of value", { a: "1" }, { a: 1 }, [{ path: "a", from: "1", to: 1 }]],
    ["what comes and what goes", { a: 1 }, { b: null }, [{ path: "a", from: 1 }, { path: "b", to: null }]],
    ["an object that becomes a text", { a: { b: 1 } }, { a: "unknown" }, [{ path: "a", from: { b: 1 }, to: "unknown" }]],
    ["one more text in a list", { a: ["x", "z"] }, { a: ["x", "y", "z"] }, [{ path: "a", to: "y" }]],
    ["one text for another", { a: ["x", "y"] }, { a: ["x", "z"] }, [{ path: "a", from: "y", to: "z" }]],
    ["several texts", ["x", "y"], ["z", "w", "y"],
      [{ path: "", from: "x" }, { path: "", to: "z" }, { path: "", to: "w" }]],
    ["the same text twice", { a: ["x"] }, { a: ["x", "x"] }, [{ path: "a", to: "x" }]],
    ["only the order of texts", { a: ["x", "y"] }, { a: ["y", "x"] },
      [{ path: "a (order)", from: ["x", "y"], to: ["y", "x"] }]],
    ["only the order of what has names", { a: [{ name: "x" }, { name: "y" }] }, { a: [{ name: "y" }, { name: "x" }] },
      [{ path: "a (order)", from: ["x", "y"], to: ["y", "x"] }]],
    ["an entry with a name, wherever it stands",
      { a: [{ name: "x", value: 1 }, { name: "y", value: 2 }] }, { a: [{ name: "y", value: 3 }, { name: "x", value: 1 }] },
      [{ path: "a.y.value", from: 2, to: 3 }]],
    ["a statement of a policy",
      { Statement: [{ Sid: "One", Action: ["a"] }] },
      { Statement: [{ Sid: "Zero", Action: "z" }, { Sid: "One", Action: ["a", "b"] }] },
      [{ path: "Statement.One.Action", to: "b" }, { path: "Statement.Zero", to: { Sid: "Zero", Action: "z" } }]],
    ["entries without names, one more in the middle",
      { a: [{ b: 1 }, { b: 3 }] }, { a: [{ b: 1 }, { b: 2 }, { b: 3 }] }, [{ path: "a.1", to: { b: 2 } }]],
    ["entries without names, one of them another",
      { a: [{ b: 1 }, { b: 2, c: 0 }] }, { a: [{ b: 1 }, { b: 3, c: 0 }] }, [{ path: "a.1.b", from: 2, to: 3 }]],
    ["entries whose names are not their own",
      { a: [{ name: "x", b: 1 }, { name: "x", b: 2 }] }, { a: [{ name: "x", b: 1 }, { name: "x", b: 3 }] },
      [{ path: "a.1.b", from: 2, to: 3 }]],
    ["a list in a list", { a: [["x", "y"], ["z"]] }, { a: [["x", "w"], ["z"]] }, [{ path: "a.0", from: "y", to: "w" }]],
  ];
  for (const [what, from, to, differences] of rows) {
    it(`is found of ${what}`, () => {
      assert.deepEqual(differencesIn(from, to), differences);
    });
  }
});
