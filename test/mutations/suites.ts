import { existsSync, globSync } from "node:fs";
import { basename, join } from "node:path";

/** The tests that have to notice a wrong change, in the order in which they are asked. */
export interface Suites {
  /** Those nearest to a file, asked first. */
  readonly near: (file: string) => readonly string[];
  readonly all: readonly string[];
  /** Titles of tests that are not asked. */
  readonly unless: RegExp;
}

/** What is built in these files is tested with the component that uses them. */
const testedWith: Readonly<Record<string, string>> = {
  "database-instance": "database",
  "database-monitoring": "database",
  "database-parameters": "database",
  "database-restore": "database",
  "event-alarms": "events",
  "error-share": "request-alarms",
  "one-off-task": "run-task",
  "own-account": "run-task",
  "flow-log": "network",
  listeners: "load-balancer",
  metrics: "monitoring",
  scaling: "service",
  watch: "database-alarms",
  "web-firewall-rules": "web-firewall",
};

const environments = [
  "test/environments/check.test.ts", "test/environments/check-stack.test.ts", "test/environments/config.test.ts",
  "test/environments/database-instances.test.ts", "test/environments/index.test.ts", "test/environments/windows.test.ts",
];

/**
 * Everything of `test:program` that judges what is built. Not asked are tests that fail with each change of an input,
 * whatever it is, and which a person brings up to date without a thought: who has made a mistake and then run
 * `npm run plan` must still be stopped. Nor those that would only find again what others find.
 */
const notAsked: readonly (readonly [file: string, reason: string])[] = [
  ["parity", "says that stacks differ, not which of them is wrong; and an entry that nothing needs any more is taken out"],
  ["docs", "compares prices and headings, which are written anew with the change"],
  ["third-environment", "runs the others in a copy"],
  ["start-up", "loads the program in another way, and judges nothing of it"],
  ["differences", "is of a tool of the tests"],
];

const rights = ["account", "trust", "config", "attacks", "rights"].map((name) => `test/bootstrap/${name}.test.ts`);

const first = ["test/program.test.ts", "test/policy/exceptions.test.ts", "test/contract.test.ts", "test/iam.test.ts"];

export function projectSuites(folder: string): Suites {
  const left = notAsked.map(([name]) => `test/${name}.test.ts`);
  for (const file of [...left, ...first, ...environments, ...rights]) {
    if (!existsSync(join(folder, file))) {
      throw new Error(`${file} is not there any more: test/mutations/suites.ts has to forget it`);
    }
  }
  const folders = "test/{bootstrap,environments,infra,policy}/*.test.ts";
  const found = globSync(["test/*.test.ts", folders, "test/offline/render.test.ts"], { cwd: folder })
    .map((file) => file.replaceAll("\\", "/")).filter((file) => !left.includes(file)).toSorted();
  return {
    near: (file) => near(file, found).filter((test) => found.includes(test)),
    all: [...new Set([...first, ...environments, ...found])],
    // Of program.test.ts, bootstrap/account.test.ts and policy/exceptions.test.ts, for the reason above.
    unless: /is what its committed plan says|is what .+ would create|stand in docs\/controls\.md as they are/,
  };
}

function near(file: string, found: readonly string[]): readonly string[] {
  const name = basename(file, ".ts");
  if (file.startsWith("policy/")) {
    return found.filter((test) => test.startsWith("test/policy/"));
  }
  if (file.startsWith("bootstrap/")) {
    return file.endsWith(".ts") ? rights : ["test/project-files.test.ts"];
  }
  if (file.startsWith("environments/")) {
    return environments;
  }
  if (file.startsWith("Pulumi.")) {
    return ["test/project-files.test.ts"];
  }
  return file.startsWith("infra/") ? [`test/infra/${testedWith[name] ?? name}.test.ts`] : [];
}
