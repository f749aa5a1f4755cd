import * as assert from "node:assert/strict";

import { partsOf } from "../../../offline/twin/parts";
import { planOf } from "../../plans";

describe("the parts of a plan that run on this computer", () => {
  const database = { majorVersion: 18, database: "accounts", username: "accounts_master", forceTls: true };

  it("have the database that the plan says", async () => {
    const parts = partsOf(await planOf("dev"));
    assert.deepEqual(parts.database, database);
    assert.match(parts.masterSecretArn, /secret:rds!db-accounts-dev-1-/);
  });

  it("have the one that serves while it is restored from another, with the names that it brings along", async () => {
    const parts = partsOf(await planOf("dev", { config: {
      "accounts:databaseGeneration": "2", "accounts:databaseKept": "1", "accounts:databaseRestore": "time:latest",
    } }));
    assert.deepEqual(parts.database, database);
    assert.match(parts.masterSecretArn, /secret:rds!db-accounts-dev-2-/);
  });
});
