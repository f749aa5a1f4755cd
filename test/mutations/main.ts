import { availableParallelism } from "node:os";

import { projectFolder } from "../../offline/stack-file";
import { data } from "./lists/data";
import { network } from "./lists/network";
import { requests } from "./lists/requests";
import { settings } from "./lists/settings";
import { stack } from "./lists/stack";
import { tasks } from "./lists/tasks";
import { watching } from "./lists/watching";
import { mutationsIn, titleOf } from "./mutation";
import { MutationRun } from "./runner";
import { projectSuites } from "./suites";

const lists = [network, data, requests, tasks, watching, settings, stack];

const words = process.argv.slice(2);
const mutations = lists.flatMap(mutationsIn).filter((mutation) => {
  const text = `${titleOf(mutation)} ${mutation.from} ${mutation.to}`.toLowerCase();
  return words.every((word) => text.includes(word.toLowerCase()));
});
if (mutations.length === 0) {
  console.error(`no mutation speaks of ${words.map((word) => `"${word}"`).join(" and ")}`);
  process.exit(1);
}

const run = new MutationRun({
  mutations, suites: projectSuites(projectFolder), types: ["--noEmit"], workers: availableParallelism(), say: console.log,
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => void run.stop().then(() => process.exit(130)));
}
void run.exitCode().then((code) => {
  process.exitCode = code;
});
