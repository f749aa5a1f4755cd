import * as assert from "node:assert/strict";

import { databaseInstances } from "../../environments/database-instances";
import type { DatabaseInstances } from "../../environments/settings";
import { plain } from "./stack-config";

describe("databaseInstances", () => {
  const read: [generation: string, restore: string, kept: string, instances: DatabaseInstances][] = [
    ["1", "", "", { generation: 1, restore: undefined, kept: undefined }],
    ["12", "", "11", { generation: 12, restore: undefined, kept: { generation: 11, protect: true } }],
    ["2", "snapshot:before-2", "1 unprotected",
      { generation: 2, restore: { from: "snapshot", snapshot: "before-2" }, kept: { generation: 1, protect: false } }],
    ["2", "snapshot:rds:accounts-dev-1-2026-01-31-02-05", "",
      { generation: 2, restore: { from: "snapshot", snapshot: "rds:accounts-dev-1-2026-01-31-02-05" }, kept: undefined }],
    ["2", "time:2026-01-31T09:30:00Z", "1",
      { generation: 2, restore: { from: "time", time: "2026-01-31T09:30:00Z" }, kept: { generation: 1, protect: true } }],
    ["2", "time:latest", "1", { generation: 2, restore: { from: "latest" }, kept: { generation: 1, protect: true } }],
  ];
  for (const [databaseGeneration, databaseRestore, databaseKept, instances] of read) {
    it(`reads generation ${databaseGeneration}, restored from "${databaseRestore}", beside "${databaseKept}"`, () => {
      assert.deepEqual(databaseInstances({ ...plain, databaseGeneration, databaseRestore, databaseKept }), instances);
    });
  }
});
