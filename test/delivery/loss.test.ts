import { strict as assert } from "node:assert";

import { lossesOf } from "../../delivery/deployment/loss";
import { changeOf, type Operation } from "../../delivery/report/changes";

const change = (type: string, name: string, operation: Operation) =>
  changeOf({ urn: `accounts:infra:Database$${type}::${name}`, operation });

const database = "aws:rds/instance:Instance";

describe("what an update would lose", () => {
  it("is what holds data, and is deleted or replaced, in a stack that keeps data", () => {
    const changes = [
      change(database, "database-1", "replace"), change("aws:kms/key:Key", "encryption", "delete"),
      change(database, "database-2", "update"), change(database, "database-3", "create"), change(database, "database-4", "release"),
      change("aws:ecs/service:Service", "service", "replace"),
    ];

    assert.deepEqual(lossesOf("prod", changes, []), [
      "aws:rds/instance:Instance database-1 would be replaced by an empty one: lost would be users' data",
      "aws:kms/key:Key encryption would be deleted: lost would be the key to users' data, snapshots, secrets and logs",
    ]);
    assert.deepEqual(lossesOf("dev", changes, []), []);
  });

  it("is not held up where a commit names it, and only it", () => {
    const changes = [change(database, "database-1", "delete"), change(database, "database-2", "delete")];

    assert.deepEqual(lossesOf("prod", changes, ["database-1"]),
      ["aws:rds/instance:Instance database-2 would be deleted: lost would be users' data"]);
  });
});
