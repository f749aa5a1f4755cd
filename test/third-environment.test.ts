import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ExampleProject } from "./example/project";

/** An environment like another one, which differs from it by what two environments must not share. */
interface Third {
  readonly name: string;
  readonly like: "dev" | "prod";
  readonly cidrBlock: string;
  /** What its stack file says otherwise than that of the other one. */
  readonly stackFile: readonly Replacement[];
}

type Replacement = readonly [from: string | RegExp, to: string];

const thirds: readonly Third[] = [
  {
    name: "staging",
    like: "prod",
    cidrBlock: "10.30.0.0/16",
    stackFile: [
      [/domainName: \S+/, "domainName: staging.acme.example"],
      [/alarmEmail: \S+/, "alarmEmail: team@acme.example"],
      // In the middle of a restore, which must not wait for anybody to change a test.
      [/$/, '  accounts:databaseGeneration: 3\n  accounts:databaseKept: "2"\n  accounts:databaseRestore: time:latest\n'],
    ],
  },
  { name: "trial", like: "dev", cidrBlock: "10.40.0.0/16", stackFile: [] },
];

/** What a team writes into the files that come with this project; another file like it where that has another name. */
const takenOver: readonly (readonly [from: string, to: string, replacements: readonly Replacement[]])[] = [
  ["Pulumi.dev.yaml", "Pulumi.dev.yaml", [
    [/^config:/m, "secretsprovider: awskms://alias/dev\nencryptedkey: ZGV2\nconfig:\n  accounts:permissionsBoundary: limit"],
    [/accountId: "\d+"/, 'accountId: "210987654321"'],
    [/eu-west-1/g, "us-east-2"],
    [/$/, "  accounts:domainName: dev.acme.example\n  accounts:owner: platform\n"],
  ]],
  ["Pulumi.prod.yaml", "Pulumi.prod.yaml", [
    [/^config:/m, "secretsprovider: awskms://alias/prod\nencryptedkey: cHJvZA==\nconfig:\n  accounts:permissionsBoundary: limit"],
    [/accountId: "\d+"/, 'accountId: "310987654321"'],
    [/eu-west-1/g, "eu-central-1"],
    [/domainName: \S+/, "domainName: api.acme.example"],
    [/alarmEmail: \S+/, "alarmEmail: oncall@acme.example"],
  ]],
  ["bootstrap/Pulumi.main.yaml", "bootstrap/Pulumi.prod.yaml", [
    [/accountId: "\d+"/, 'accountId: "310987654321"'],
    [/region: \S+/, "region: eu-central-1"],
  ]],
  ["bootstrap/Pulumi.main.yaml", "bootstrap/Pulumi.main.yaml", [
    [/accountId: "\d+"/, 'accountId: "210987654321"'],
    [/region: \S+/, "region: us-east-2"],
  ]],
  // A service that has grown.
  ["environments/prod.ts", "environments/prod.ts", [
    [/instanceClass: "[^"]+"/, 'instanceClass: "db.m7g.xlarge"'],
    [/storageGiB: \d+/, "storageGiB: 200"],
    [/maxStorageGiB: \d+/, "maxStorageGiB: 900"],
    [/minTasks: \d+/, "minTasks: 4"],
    [/maxTasks: \d+/, "maxTasks: 14"],
    [/cpuUnits: 1024/, "cpuUnits: 2048"],
    [/memoryMiB: 2048/, "memoryMiB: 4096"],
    [/monthlyBudgetUsd: \d+/, "monthlyBudgetUsd: 1_500"],
    [/logRetentionDays: \d+/, "logRetentionDays: 400"],
  ]],
];

/**
 * The tests that speak of what is built, and of every environment and every committed stack. The others run commands,
 * which takes too long to do it twice.
 */
const suites = [
  "test/{bootstrap,infra}/*.test.ts",
  "test/environments/**/*.test.ts",
  "test/{contract,iam,parity,program,stateful}.test.ts",
  "test/policy/**/*.test.ts",
  "test/offline/render.test.ts",
];

interface Report {
  readonly passes: readonly { readonly fullTitle: string }[];
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly message?: string } }[];
  readonly pending: readonly { readonly fullTitle: string }[];
}

/** One file, one line in the list of environments, and one stack file: all that the documentation asks for. */
function add(folder: string, { name, like, cidrBlock, stackFile }: Third): void {
  change(join(folder, "environments", `${like}.ts`), join(folder, "environments", `${name}.ts`), [
    [`export const ${like}: Settings`, `export const ${name}: Settings`],
    [/cidrBlock: "[\d./]+"/, `cidrBlock: "${cidrBlock}"`],
  ]);
  const list = join(folder, "environments", "index.ts");
  change(list, list, [
    [/^import \{ prod \}/m, `import { ${name} } from "./${name}";\nimport { prod }`],
    [/(export const environments = \{ .*) \}/, `$1, ${name} }`],
  ]);
  change(join(folder, `Pulumi.${like}.yaml`), join(folder, `Pulumi.${name}.yaml`), [
    [`accounts:environment: ${like}`, `accounts:environment: ${name}`],
    ...stackFile,
  ]);
}

/** Writes a file anew, or another one like it. What is to be replaced must be there. */
function change(from: string, to: string, replacements: readonly Replacement[]): void {
  const text = replacements.reduce((before, [found, replacement]) => {
    const isThere = typeof found === "string" ? before.includes(found) : before.search(found) !== -1;
    assert.ok(isThere, `${from} has no ${found}`);
    return before.replace(found, replacement);
  }, readFileSync(from, "utf8"));
  writeFileSync(to, text);
}

/** Runs a script of Node's there, and returns what it wrote. */
function node(folder: string, ...args: string[]): Promise<{ stdout: string; stderr: string; failed: boolean }> {
  const prelude = ["--require", join(folder, "offline", "prelude.cjs"), "--import", "tsx"];
  const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024, timeout: 600_000 };
  return new Promise((resolve) => execFile(process.execPath, [...prelude, ...args], options,
    (error, stdout, stderr) => resolve({ stdout, stderr, failed: error !== null })));
}

describe("a third environment, in a clone that a team has taken over", function () {
  this.timeout("15m");
  let project: ExampleProject;
  let report: Report;

  before(async () => {
    project = new ExampleProject();
    project.deliver({ repository: { owner: "acme", ownerId: 7654321, name: "accounts", id: 987654321 } });
    for (const [from, to, replacements] of takenOver) {
      change(join(project.folder, from), join(project.folder, to), replacements);
    }
    thirds.forEach((third) => add(project.folder, third));
    const written = await node(project.folder, "offline/write-plans.ts");
    assert.equal(written.stderr, "");
    const files = globSync(suites, { cwd: project.folder });
    const { stdout, stderr } = await node(project.folder, "node_modules/mocha/bin/mocha.js",
      "--no-config", "--timeout", "120000", "--reporter", "json", ...files);
    assert.match(stdout, /^\{[^]*\}\s*$/, `the tests said no more than: ${stdout}${stderr}`);
    report = JSON.parse(stdout) as Report;
  });

  after(() => project?.remove());

  it("is planned as soon as it is there", () => {
    for (const { name } of thirds) {
      assert.ok(existsSync(join(project.folder, "plans", `${name}.yaml`)), `there is no plan of ${name}`);
    }
  });

  it("needs no change of a test, nor of a list that tests have", () => {
    assert.deepEqual(report.failures.map(({ fullTitle, err }) => `${fullTitle}: ${err.message}`), []);
    assert.deepEqual(report.pending.map(({ fullTitle }) => fullTitle), []);
  });

  for (const { name } of thirds) {
    for (const of of ["the stack", "stays under its URN in", "differs from prod only"]) {
      it(`is looked at by the tests as all others are: ${name}, ${of}`, () => {
        const titles = report.passes.map(({ fullTitle }) => fullTitle).filter((title) => title.includes(of));
        assert.ok(titles.some((title) => new RegExp(`\\b${name}\\b`).test(title)), `of ${titles.length} none speaks of ${name}`);
      });
    }
  }

  it("has as many tests of its stack as dev has", () => {
    const count = (stack: string) => report.passes.filter(({ fullTitle }) => fullTitle.includes(`the stack ${stack} `)).length;
    assert.notEqual(count("dev"), 0);
    assert.deepEqual(thirds.map(({ name }) => [name, count(name)]), thirds.map(({ name }) => [name, count("dev")]));
  });
});
