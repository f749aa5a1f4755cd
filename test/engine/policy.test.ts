import { strict as assert } from "node:assert";
import * as path from "node:path";

import type { EngineEvent } from "@pulumi/pulumi/automation";

import { findingsIn } from "../../offline/policies";
import { projectFolder } from "../../offline/stack-file";
import { planOf } from "../example/plans";
import { Scene } from "./scene";

const image = `registry.example.com/accounts@sha256:${"a".repeat(64)}`;
const config = { "accounts:image": image };
const policyPacks = [path.join(projectFolder, "policy")];

/** What the policies have said of a preview. */
interface Judgement {
  /** `<control> <type> <logical name>: <complaint>` of each violation that stops an update. */
  readonly violations: string[];
  /** Controls that could not judge something, because a value is not known before it is made. */
  readonly undecided: Set<string>;
  readonly packs: string[];
  /** Why the preview failed; undefined where it did not. */
  readonly failure?: string;
}

for (const environment of ["dev", "prod"] as const) {
  describe(`policies over ${environment} under the real engine`, () => {
    let scene: Scene;

    before(async function () {
      scene = await Scene.open(this, { environment, config });
    });

    after(() => scene?.close());

    it("find of a preview what they find of the plan, and let it pass if that is nothing", async () => {
      const { violations, undecided, packs, failure } = await preview(scene);

      const ofPlan = await findingsIn((await planOf(environment, { config })).expanded);
      const expected = ofPlan.filter(({ exception, control }) => exception === undefined && !undecided.has(control))
        .map(({ control, resource, message }) => `${control} ${resource}: ${message}`);
      assert.deepEqual(packs, ["1.0.0"]);
      assert.deepEqual(violations.toSorted(), expected.toSorted());
      assert.equal(failure === undefined, violations.length === 0, failure);
    });

    it("stop a preview with a health check that any answer meets, in what awsx makes of the load balancer", async () => {
      scene.change = ({ loadBalancer }) => ({
        loadBalancer: { ...loadBalancer, healthCheck: { ...loadBalancer.healthCheck, path: "/" } },
      });

      const { violations, failure } = await preview(scene);

      const expected = "CKV_AWS_261 aws:lb/targetGroup:TargetGroup load-balancer: healthCheck.path must be set, and not be /";
      assert.ok(violations.includes(expected), `${expected}\nis not among\n${violations.join("\n")}`);
      assert.match(failure ?? "", /CKV_AWS_261/);
    });
  });
}

async function preview(scene: Scene): Promise<Judgement> {
  const events: EngineEvent[] = [];
  const failure = await scene.stack.preview({ policyPacks, onEvent: (event) => void events.push(event) })
    .then(() => undefined, (error: Error) => error.message);
  const said = events.flatMap(({ policyEvent }) => policyEvent ?? []);
  const summary = events.find(({ summaryEvent }) => summaryEvent !== undefined)?.summaryEvent as Summary | undefined;
  return {
    violations: said.filter(({ enforcementLevel }) => enforcementLevel === "mandatory")
      .map(({ policyName, resourceUrn, message }) => `${policyName} ${label(resourceUrn)}: ${complaint(message)}`),
    undecided: new Set(said.filter(({ enforcementLevel }) => enforcementLevel !== "mandatory").map(({ policyName }) => policyName)),
    packs: Object.values(summary?.PolicyPacks ?? {}),
    failure,
  };
}

/** As the engine spells it; the SDK's type says `policyPacks`. */
interface Summary {
  readonly PolicyPacks?: Readonly<Record<string, string>>;
}

function label(urn = ""): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1)} ${name}`;
}

/** The engine puts the control's title on a line before. */
function complaint(message: string): string {
  return message.trim().split("\n").slice(1).join("\n").trim();
}
