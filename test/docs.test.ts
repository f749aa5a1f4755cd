import * as assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { rolloutPercent } from "../environments/check-database";
import type { Settings } from "../environments/settings";
import { committedStacks, projectFolder } from "../offline/stack-file";
import { commandNames } from "../ops/arguments";
import * as environments from "./example/settings";
import { all, planOf } from "./plans";

const read = (file: string) => readFileSync(join(projectFolder, file), "utf8");

/** The part of a page from a heading to the next one of its rank. */
function section(file: string, heading: string): string {
  const [, text = assert.fail(`${file} has no heading "${heading}"`)] = read(file).split(`\n## ${heading}\n`);
  return text.split("\n## ")[0] ?? "";
}

/** The cells of the tables in a text, without their heads. */
function rows(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(1).map((line) => line.slice(2, -2).split(" | ").map((cell) => cell.trim()));
}

/** What stands between backticks. */
const quoted = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, inner]) => inner ?? "");

describe("docs/operations.md", () => {
  const headings = () => section("docs/operations.md", "When somebody is called")
    .split("\n").filter((line) => line.startsWith("### ")).map((line) => line.slice(4));

  it("begins with a list of its chapters, in their order", () => {
    const page = read("docs/operations.md");
    const chapters = [...page.matchAll(/^## (.+)$/gm)].map(([, title = ""]) => title);
    // As GitHub makes the address of a heading.
    const address = (title: string) => title.toLowerCase().replace(/[^a-z0-9 -]/g, "").replaceAll(" ", "-");
    const listed = [...page.matchAll(/^- \[(.+)\]\(#(.+)\)$/gm)].map(([, title, target]) => [title, target]);
    assert.deepEqual(listed, chapters.map((title) => [title, address(title)]));
  });

  it("says of each call what one sees, what to do, and how one knows that it worked", () => {
    const texts = section("docs/operations.md", "When somebody is called").split("\n### ").slice(1);
    const marks = ["- **You see** ", "- **Do**", "- **It worked** "];
    assert.deepEqual(texts.filter((text) => !marks.every((mark) => text.includes(`\n${mark}`))).map((text) => text.split("\n")[0]), []);
  });

  it("has a page for each command of npm run ops, with what one sees, what to do, and how one knows that it worked", () => {
    const pages = section("docs/operations.md", "Day two: npm run ops").split("\n### ").slice(1)
      .filter((page) => ["\n*You see* ", "\n*Do*", "\n*It worked* "].every((mark) => page.includes(mark)));
    const without = commandNames.filter((name) => !pages.some((page) => {
      const [done = ""] = page.slice(page.indexOf("\n*Do*")).split("\n*It worked* ");
      return done.includes(`npm run ops -- <stack> ${name}`);
    }));
    assert.deepEqual(without, []);
  });

  /** What mails of RDS and of the billing name themselves. */
  const namedByNobody = ["An event of the database", "The budget"];

  it("has what to do under the heading that each mail names, and no heading that none names", async () => {
    const named = new Set<string>(namedByNobody);
    for (const stack of committedStacks()) {
      const plan = await planOf(stack);
      const mails = [
        ...all(plan, "aws:cloudwatch/metricAlarm:MetricAlarm").map(({ inputs }) => inputs["alarmDescription"] as string),
        ...all(plan, "aws:cloudwatch/eventTarget:EventTarget")
          .map(({ inputs }) => JSON.parse(inputs["inputTransformer"].inputTemplate) as string),
      ];
      for (const mail of mails) {
        const [, heading] = /What to do: docs\/operations\.md, (.+)$/.exec(mail) ?? assert.fail(`names no heading: ${mail}`);
        assert.ok(headings().includes(heading ?? ""), `docs/operations.md has no heading "${heading}", which a mail names: ${mail}`);
        named.add(heading ?? "");
      }
    }
    assert.deepEqual(headings().toSorted(), [...named].toSorted());
  });
});

describe("docs/architecture.md: when something fails", () => {
  const failures = rows(section("docs/architecture.md", "When something fails"));

  it("has a row for each failure, with all its cells", () => {
    assert.ok(failures.length >= 20);
    assert.deepEqual(failures.filter((cells) => cells.length !== 4 || cells.includes("")), []);
  });

  for (const [what = "", , built = "", tests = ""] of failures) {
    it(`names where it is built, and a test that is there: ${what}`, () => {
      const missing = quoted(built).filter((file) => !existsSync(join(projectFolder, file)));
      assert.deepEqual(missing, [], "these are not there");
      for (const test of tests.split("; ")) {
        const [, file = "", title = ""] = /^`(.+?)`: (.+)$/.exec(test) ?? assert.fail(`is no \`file\`: title, but "${test}"`);
        const titles = read(file).split("\n").filter((line) => /\b(describe|it|test)\(/.test(line));
        assert.ok(titles.some((line) => line.includes(title)), `${file} has no test that is called "${title}"`);
      }
    });
  }
});

describe("docs/architecture.md: what an account must allow", () => {
  const quotas = rows(section("docs/architecture.md", "What an account must allow"));
  /** In the order of the table. */
  const needed = ({ network: { natGateways }, service, migration }: Settings, zones: number) => [
    { None: 0, Single: 1, OnePerAz: zones }[natGateways],
    1,
    (service.maxTasks * rolloutPercent / 100 * service.cpuUnits + migration.cpuUnits) / 1024,
  ];

  for (const [column, stack] of [[1, "dev"], [2, "prod"]] as const) {
    it(`counts what the settings ask for: ${stack}`, async () => {
      const zones = JSON.parse((await planOf(stack)).config["accounts:availabilityZones"] ?? "[]") as string[];
      assert.deepEqual(quotas.map((cells) => Number(cells[column])), needed(environments[stack], zones.length));
    });
  }
});

describe("docs/architecture.md: what it costs", () => {
  const cost = section("docs/architecture.md", "What it costs");
  const parts = rows(cost).filter(([part = ""]) => !part.startsWith("**"))
    .map(([part, dev, prod, safety]) => ({ part, dev: Number(dev), prod: Number(prod), safety: Number(safety) }));

  it("is an estimate of a day that it names", () => {
    assert.match(cost, /^\nEstimate of \d{4}-\d{2}-\d{2}, /);
  });

  it("adds up", () => {
    const [, ...totals] = /\*\*all\*\* \| \*\*(\d+)\*\* \| \*\*(\d+)\*\* \| \*\*(\d+)\*\*/.exec(cost) ?? [];
    const sum = (column: "dev" | "prod" | "safety") => parts.reduce((total, line) => total + line[column], 0);
    assert.deepEqual(totals.map(Number), [sum("dev"), sum("prod"), sum("safety")]);
  });

  it("counts for safety no more than a part of what prod pays", () => {
    assert.deepEqual(parts.filter(({ prod, safety }) => !(safety >= 0 && safety <= prod)), []);
  });

  it("stays below the budget, or its mail would come each month", () => {
    const { monthlyBudgetUsd } = environments.prod.monitoring;
    const total = parts.reduce((all, { prod }) => all + prod, 0);
    assert.ok(total < monthlyBudgetUsd * 0.8, `${total} is not below 80 % of ${monthlyBudgetUsd}`);
  });

  // List prices of eu-west-1 on the day of the estimate: another day is another look at all of them.
  const hours = 730;
  const gateways = ({ network: { natGateways } }: Settings, zones: number) =>
    ({ None: 0, Single: 1, OnePerAz: zones })[natGateways];
  /** What is paid by piece, counted from the settings. */
  const byPiece: Record<string, (settings: Settings, zones: number) => number> = {
    "NAT gateways": (settings, zones) => gateways(settings, zones) * 0.048 * hours,
    "public addresses": (settings, zones) => (zones + gateways(settings, zones)) * 0.005 * hours,
    "interface endpoints": ({ network }, zones) => network.interfaceEndpoints.length * zones * 0.011 * hours,
    tasks: ({ service: { cpuUnits, memoryMiB, minTasks, onDemandTasks, spotPercent } }) => {
      const beyond = Math.max(0, minTasks - onDemandTasks);
      const paid = minTasks - beyond * spotPercent / 100 * 0.7;
      return paid * (cpuUnits / 1024 * 0.03238 + memoryMiB / 1024 * 0.00356) * hours;
    },
    "web firewall": ({ webFirewall }) => webFirewall === "none" ? 0 : 5 + 4,
    "key and secrets": () => 1 + 3 * 0.4,
  };
  for (const stack of ["dev", "prod"] as const) {
    for (const [part, count] of Object.entries(byPiece)) {
      it(`counts ${part} of ${stack} as its settings do`, async () => {
        const zones = JSON.parse((await planOf(stack)).config["accounts:availabilityZones"] ?? "[]") as string[];
        const line = parts.find((candidate) => candidate.part === part) ?? assert.fail(`has no line for ${part}`);
        assert.equal(line[stack], Math.round(count(environments[stack], zones.length)), `${part} of ${stack}`);
      });
    }
  }
});
