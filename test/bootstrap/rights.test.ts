import * as assert from "node:assert/strict";

import type { Plan } from "../../offline/render";
import { committedStacks } from "../../offline/stack-file";
import { planOf } from "../plans";
import { callsOf } from "./calls";
import { documentsOf, isAllowedTo, prepared } from "./prepared";
import { targetsOf, type Target } from "./targets";

/** Not by the pipeline: it deploys an image that was built before. */
const builtElsewhere = ["docker:index/image:Image"];

/** What IAM cannot bind to a stack, since it knows neither resource nor tag there; and what is AWS's own. */
const nobodys = /^(ecs:DeregisterTaskDefinition|wafv2:DisassociateWebACL) |:og:default:/;

for (const stack of committedStacks()) {
  describe(`the pipeline of ${stack}`, () => {
    let account: Plan;
    let plan: Plan;

    before(async () => {
      account = await prepared();
      plan = await planOf(stack, { config: { "accounts:permissionsBoundary": `pipeline-accounts-boundary-${stack}` } });
    });

    it("knows what AWS is called for, for each type of resource", () => {
      const types = new Set(plan.expanded.map(({ type }) => type).filter((type) => /^(aws|docker):/.test(type)));
      const unknown = [...types].filter((type) => !(type in callsOf) && !builtElsewhere.includes(type));

      assert.deepEqual(unknown, [],
        "say in test/bootstrap/calls.ts what the provider calls for these, and give the rights in bootstrap/rights/");
    });

    for (const [role, calls] of [["deploy", "write"], ["deploy", "read"], ["preview", "read"]] as const) {
      it(`may ${calls} every resource of it as ${role}`, async () => {
        const { refused } = await answers(account, `${role}-${stack}`, plan, calls);

        assert.deepEqual(refused, [], `bootstrap/rights/ gives ${role}-${stack} no right to`);
      });
    }

    it("may write nothing as preview", async () => {
      const { allowed } = await answers(account, `preview-${stack}`, plan, "write");

      assert.deepEqual(allowed, []);
    });

    it(`may write nothing of ${stack}2, whose name only begins alike`, async () => {
      const { allowed } = await answers(account, `deploy-${stack}`, calledOtherwise(plan, `${stack}2`), "write");

      assert.deepEqual(allowed.filter((line) => !nobodys.test(line)), []);
    });

    for (const other of committedStacks().filter((name) => name !== stack)) {
      it(`may write nothing of ${other}, though it is in the same account`, async () => {
        const { allowed } = await answers(account, `deploy-${other}`, plan, "write");

        assert.deepEqual(allowed.filter((line) => !nobodys.test(line)), []);
      });
    }
  });
}

/** The plan as it were if its stack had this name, and another domain if any. */
function calledOtherwise(plan: Plan, stack: string): Plan {
  const own = new RegExp(`(?<=accounts[-/])${plan.stack}(?![a-z0-9])`, "g");
  const called = JSON.parse(JSON.stringify(plan).replaceAll(own, stack)) as Plan;
  const domainName = called.config["accounts:domainName"] === "" ? "" : "elsewhere.example.org";
  return { ...called, stack, config: { ...called.config, "accounts:domainName": domainName } };
}

/** `<action> <ARN> for <type> <name> <tags>` of each call, by what IAM would answer the role. */
async function answers(account: Plan, role: string, plan: Plan, calls: "read" | "write") {
  const questions = new Map<string, Question>();
  for (const resource of plan.expanded) {
    for (const action of callsOf[resource.type]?.[calls] ?? []) {
      for (const target of await targetsOf(action, resource, plan)) {
        // By their tags, one subnet is like another.
        const key = target.resource.replace(/^(arn:aws:ec2:.*)\/[^/]*$/, "$1");
        questions.set(JSON.stringify([action, { ...target, resource: key }]), { action, ...target, label: `${resource.type} ${resource.name}` });
      }
    }
  }
  const documents = documentsOf(account, role);
  const answered = { allowed: [] as string[], refused: [] as string[] };
  for (const { label, ...question } of questions.values()) {
    const answer = await isAllowedTo(documents, question) ? answered.allowed : answered.refused;
    answer.push(`${question.action} ${question.resource} for ${label} ${JSON.stringify(tagsIn(question.context))}`);
  }
  return answered;
}

interface Question extends Target {
  readonly action: string;
  readonly label: string;
}

/** What else a request says is the same in all. */
function tagsIn(context: Target["context"]): object {
  return Object.fromEntries(Object.entries(context).filter(([key]) => /Tag\/|CreateAction/.test(key)));
}
