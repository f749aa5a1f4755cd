import * as assert from "node:assert/strict";

import type { Plan } from "../../../offline/render";
import { committedStacks } from "../../../offline/stack-file";
import { labels, notRehearsed, rehearsed } from "../../../offline/twin/rehearsed";
import { planOf } from "../../plans";

describe("what the twin cannot show", () => {
  /** `<type> <input>` of all that the plan says of types that run here. */
  const saidBy = ({ resources }: Plan) => resources.filter(({ type }) => type in rehearsed)
    .flatMap(({ type, inputs }) => Object.keys(inputs).filter((input) => !labels.includes(input)).map((input) => `${type} ${input}`));
  const listed = Object.entries(rehearsed)
    .flatMap(([type, { here, not }]) => [here, ...Object.values(not)].flat().map((input) => `${type} ${input}`));

  for (const stack of committedStacks()) {
    it(`is decided for every input of a part that runs, in ${stack}`, async () => {
      assert.deepEqual(saidBy(await planOf(stack)).filter((input) => !listed.includes(input)), [],
        "offline/twin/rehearsed.ts does not say whether these count on this computer");
    });
  }

  it("is decided for each input once, and for none that no plan has", async () => {
    assert.deepEqual(listed.filter((input, index) => listed.indexOf(input) !== index), []);
    const said = new Set((await Promise.all(committedStacks().map((stack) => planOf(stack)))).flatMap(saidBy));
    assert.deepEqual(listed.filter((input) => !said.has(input)), []);
  });

  it("is said in words, of what the stack has: access logs of prod, not of dev", async () => {
    const ofBalancer = async (stack: string) =>
      notRehearsed(await planOf(stack)).parts.find((part) => part.startsWith("awsx.lb.ApplicationLoadBalancer: "));
    const common = "awsx.lb.ApplicationLoadBalancer: subnets and firewall, header and desync rules, deletion protection, zonal shift, ";
    const partly = "TLS, headers of the listeners, redirect from port 80";
    assert.equal(await ofBalancer("dev"), common + partly);
    assert.equal(await ofBalancer("prod"), `${common}access logs, ${partly}`);
  });
});
