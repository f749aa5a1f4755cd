import { availableParallelism } from "node:os";

import { projectFolder } from "../../offline/stack-file";
import { titleOf } from "./mutation";
import { mutations } from "./mutations";
import { MutationRun } from "./runner";
import { projectSuites } from "./suites";

const words = process.argv.slice(2);
const meant = mutations.filter((mutation) => {
  const text = `${titleOf(mutation)} ${mutation.from} ${mutation.to}`.toLowerCase();
  return words.every((word) => text.includes(word.toLowerCase()));
});
if (meant.length === 0) {
  console.error(`no mutation speaks of ${words.map((word) => `"${word}"`).join(" and ")}`);
  process.exit(1);
}

const run = new MutationRun({
  mutations: meant, suites: projectSuites(projectFolder), types: ["--noEmit"], workers: availableParallelism(), say: console.log,
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => void run.stop().then(() => process.exit(130)));
}
void run.exitCode().then((code) => {
  process.exitCode = code;
});
