import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { controlsFile, controlsPage } from "../../offline/controls-page";
import { findingsIn, type Finding } from "../../offline/policies";
import { render, type Plan } from "../../offline/render";
import { bootstrap, committedStacks, type Config } from "../../offline/stack-file";
import { controlIds, controls } from "../../policy/controls";
import { exceptions, notEnforced } from "../../policy/exceptions";
import { covers } from "../../policy/pack";
import * as example from "../example/plans";
import { labels, planOf, type Changes } from "../plans";

/** What a stack's file goes through in a restore, with the way back and the end. */
const restoring = {
  "while the restored database stands beside the old one": {
    "accounts:databaseGeneration": "3", "accounts:databaseRestore": "time:latest", "accounts:databaseKept": "1",
  },
  "on the way back to the old one": { "accounts:databaseGeneration": "1", "accounts:databaseKept": "3" },
  "before the other one goes": { "accounts:databaseGeneration": "1", "accounts:databaseKept": "3 unprotected" },
} satisfies Record<string, Config>;

/** What the settings and the stack's file let be otherwise than in the stacks that are committed. */
const choices: readonly (readonly [stack: string, choice: string, changes: Changes])[] = [
  ["prod", "without NAT gateways", { settings: { network: { natGateways: "None" } } }],
  ["prod", "with a log of refused connections only", { settings: { network: { flowLogs: "REJECT" } } }],
  ["prod", "with the plainer Container Insights", { settings: { cluster: { containerInsights: "enabled" } } }],
  ["prod", "in two zones", { config: { "accounts:availabilityZones": '["eu-west-1a","eu-west-1b"]' } }],
  ["prod", "with an image that is given", { config: { "accounts:image": `ghcr.io/example/service@sha256:${"a".repeat(64)}` } }],
  ["dev", "with a domain", { config: { "accounts:domainName": "accounts.dev.example.com" } }],
  ["dev", "with all that prod has and may come and go", {
    settings: {
      network: { natGateways: "OnePerAz", flowLogs: "ALL" },
      loadBalancer: { accessLogDays: 30 },
      webFirewall: { requestsPerFiveMinutes: 1_000 },
      cluster: { containerInsights: "enhanced" },
      rotation: { schedule: "cron(0 4 ? * 4#1 *)", oldestPasswordDays: 37 },
    },
  }],
];

describe("exceptions from the policies", () => {
  const found = new Map<string, Finding[]>();
  const planned: string[] = [];

  before(async () => {
    const note = async (plan: string, { expanded }: Plan) => {
      found.set(plan, await findingsIn(expanded));
      planned.push(...labels(expanded));
    };
    for (const stack of committedStacks()) {
      await note(stack, await planOf(stack));
    }
    for (const account of committedStacks(bootstrap)) {
      await note(`bootstrap ${account}`, (await render(account, { project: bootstrap })).plan);
    }
  });

  for (const stack of [...committedStacks(), ...committedStacks(bootstrap).map((account) => `bootstrap ${account}`)]) {
    it(`are all that the plan of ${stack} does not meet`, () => {
      assert.deepEqual(open(found.get(stack) ?? []), []);
    });

    it(`are of no critical and no high control in ${stack}, and of five medium ones at most`, () => {
      const used = new Set(found.get(stack)?.flatMap(({ exception }) => exception?.control ?? []));
      const count = (severity: string) => [...used].filter((id) => controls[id].severity === severity).length;

      assert.equal(count("critical"), 0);
      assert.equal(count("high"), 0);
      assert.ok(count("medium") <= 5, `${count("medium")} of medium severity: ${[...used].join(", ")}`);
    });
  }

  for (const stack of committedStacks()) {
    for (const [moment, config] of Object.entries<Config>(restoring)) {
      it(`are all that ${stack} does not meet ${moment}`, async () => {
        const { expanded } = await planOf(stack, { config });

        assert.equal(expanded.filter(({ type }) => type === "aws:rds/instance:Instance").length, 2);
        assert.deepEqual(open(await findingsIn(expanded)), []);
      });
    }
  }

  for (const [stack, choice, changes] of choices) {
    it(`are all that ${stack} does not meet ${choice}`, async () => {
      assert.deepEqual(open(await findingsIn((await example.planOf(stack, changes)).expanded)), []);
    });
  }

  for (const exception of exceptions) {
    const { control } = exception;
    for (const resource of exception.resources) {
      it(`are needed: ${control} for ${resource}`, () => {
        const needed = [...found.values()].flat().some((finding) =>
          finding.control === control && covers({ ...exception, resources: [resource] }, finding.resource));

        assert.ok(needed, "no committed plan breaks this control there: take the exception out of policy/exceptions.ts");
      });
    }
  }

  const patterns = new Set(exceptions.flatMap(({ resources }) => resources).filter((resource) => resource.endsWith("*")));
  for (const pattern of patterns) {
    it(`take in by a star what each stack has under its name, and nothing else: ${pattern}`, () => {
      const beginning = pattern.slice(0, -1);
      const endings = planned.filter((resource) => resource.startsWith(beginning))
        .map((resource) => resource.slice(beginning.length));

      assert.deepEqual(endings.filter((ending) => !committedStacks().includes(ending)), [], "name these resources instead");
    });
  }

  it("take in what they name, and nothing whose name only begins like it", () => {
    const taking = (resources: string[], resource: string) =>
      covers({ control: "S3.9", resources, reason: "", endsWhen: "" }, `aws:s3/bucket:Bucket ${resource}`);

    assert.equal(taking(["aws:s3/bucket:Bucket state"], "state"), true);
    assert.equal(taking(["aws:s3/bucket:Bucket state"], "state-2"), false);
    assert.equal(taking(["aws:s3/bucket:Bucket state-*"], "state-2"), true);
    assert.equal(taking(["aws:s3/bucket:Bucket state-*"], "states"), false);
  });

  it("say why and until when", () => {
    for (const { control, reason, endsWhen } of [...exceptions, ...notEnforced]) {
      assert.match(reason, /^[A-Z`].{20,}\.$/s, control);
      assert.match(endsWhen, /^[a-zA-Z].{10,}[^.]$/s, control);
    }
  });

  it("are of controls that are enforced", () => {
    const skipped = notEnforced.flatMap(({ control }) => control.split(/, | to /));

    assert.deepEqual(controlIds.filter((id) => skipped.includes(id)), []);
  });

  it("stand in docs/controls.md as they are", () => {
    assert.equal(readFileSync(controlsFile, "utf8"), controlsPage(), "docs/controls.md is out of date: npm run controls");
  });
});

function open(findings: readonly Finding[]): string[] {
  return findings.filter(({ exception }) => exception === undefined)
    .map(({ severity, control, resource, message }) => `${severity} ${control} ${resource}: ${message}`);
}
