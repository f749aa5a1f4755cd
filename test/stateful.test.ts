import * as assert from "node:assert/strict";

import { statefulTypes } from "../delivery/report/stateful";
import type { PlannedResource } from "../offline/record";
import type { Plan } from "../offline/render";
import { committedStacks, readStackFile } from "../offline/stack-file";
import { asInTheEngine, shortUrn } from "../offline/urns";
import { planOf } from "./plans";
import { stateful, statefulUrns } from "./stateful";

const isStateful = ({ type }: PlannedResource): boolean => type in statefulTypes;

const typeOf = (urn: string): string => urn.split("::")[0]?.split("$").at(-1) ?? "";

/** What a plan would delete because it knows it no longer, a line each. */
function lost({ stack, config, expanded }: Plan): string[] {
  const known = new Set(expanded.flatMap(({ urn, options }) => [urn, ...options.aliases].map(shortUrn)));
  return statefulUrns(config).filter((urn) => !known.has(urn)).map((urn) =>
    `${stack} has ${urn} no longer: \`pulumi up\` would delete it with what it holds, ${statefulTypes[typeOf(urn)]}. ` +
    "Bring the name and the parents back, or give the resource that takes its place this URN as an alias; " +
    "where the loss is meant, take the URN out of test/stateful.ts");
}

/** What a plan has and nobody watches, a line each. */
function unlisted({ stack, config, expanded }: Plan): string[] {
  const listed = statefulUrns(config);
  return expanded.filter(isStateful).filter(({ urn }) => !listed.includes(shortUrn(urn))).map(({ type, urn }) =>
    `${stack} has ${shortUrn(urn)}, which holds ${statefulTypes[type]}: put it into test/stateful.ts, and never change it again`);
}

describe("what cannot be made again", () => {
  for (const stack of committedStacks()) {
    it(`stays under its URN in ${stack}`, async () => {
      assert.deepEqual(lost(await planOf(stack)), []);
    });

    it(`stands in the list, also what ${stack} has got since`, async () => {
      assert.deepEqual(unlisted(await planOf(stack)), []);
    });
  }

  it("is of a type that is known to hold something", () => {
    assert.deepEqual(stateful.filter(({ urn }) => !(typeOf(urn) in statefulTypes)), []);
  });

  it("stands in the list once, and is needed by a committed stack", () => {
    const urns = stateful.map(({ urn }) => urn);
    assert.deepEqual(urns.filter((urn, index) => urns.indexOf(urn) !== index), []);
    const configs = committedStacks().map((stack) => readStackFile(stack));
    assert.deepEqual(stateful.filter(({ where }) => !configs.some((config) => where?.(config) ?? true)), []);
  });

  describe("is missed", () => {
    const urn = "accounts:infra:Database$aws:rds/instance:Instance::database-1";
    const isDatabase = (resource: PlannedResource) => shortUrn(resource.urn) === urn;

    /** prod after a change of its database. */
    async function after(change: (database: PlannedResource) => PlannedResource[]): Promise<Plan> {
      const plan = await planOf("prod");
      assert.equal(plan.expanded.filter(isDatabase).length, 1);
      const expanded = plan.expanded.flatMap((resource) => isDatabase(resource) ? change(resource) : [resource]);
      return { ...plan, expanded };
    }

    it("when it is gone", async () => {
      assert.deepEqual(lost(await after(() => [])), [
        `prod has ${urn} no longer: \`pulumi up\` would delete it with what it holds, users' data. Bring the name and the ` +
        "parents back, or give the resource that takes its place this URN as an alias; where the loss is meant, take the URN " +
        "out of test/stateful.ts",
      ]);
    });

    const moves: [what: string, from: string, to: string][] = [
      ["its name", "::database-1", "::postgres"],
      ["a parent", "infra:Database$", "infra:Data$infra:Database$"],
    ];
    for (const [what, from, to] of moves) {
      it(`when ${what} has changed, and its new place is told apart`, async () => {
        const plan = await after((database) => [{ ...database, urn: database.urn.replace(from, to) }]);
        assert.equal(lost(plan).length, 1);
        assert.deepEqual(unlisted(plan).map((line) => line.split(",")[0]), [`prod has ${urn.replace(from, to)}`]);
      });
    }

    it("but not when the new one has the old URN as an alias", async () => {
      const plan = await after((database) => [{
        ...database,
        urn: database.urn.replace("::database-1", "::postgres"),
        options: { ...database.options, aliases: [asInTheEngine(database.urn)] },
      }]);
      assert.deepEqual(lost(plan), []);
    });
  });

  describe("of the database", () => {
    const generations = (config: Record<string, string>) =>
      statefulUrns({ "accounts:environment": "dev", "accounts:image": "", ...config }).filter((urn) => urn.includes("Instance::"))
        .map((urn) => urn.split("::")[1]);

    it("is the instance that serves, and the one that stays beside it", () => {
      assert.deepEqual(generations({ "accounts:databaseGeneration": "1", "accounts:databaseKept": "" }), ["database-1"]);
      assert.deepEqual(generations({ "accounts:databaseGeneration": "3", "accounts:databaseKept": "2 unprotected" }),
        ["database-3", "database-2"]);
    });
  });
});
