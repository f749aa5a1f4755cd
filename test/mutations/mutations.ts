import { readFileSync } from "node:fs";
import { join } from "node:path";

import { projectFolder } from "../../offline/stack-file";
import { data } from "./lists/data";
import { network } from "./lists/network";
import { pipelines } from "./lists/pipelines";
import { policies } from "./lists/policies";
import { requests } from "./lists/requests";
import { settings } from "./lists/settings";
import { stack } from "./lists/stack";
import { tasks } from "./lists/tasks";
import { watching } from "./lists/watching";
import { mutationsIn, type Mutation } from "./mutation";

/** What a team changes when it takes this project over, or when its service grows. */
const teamsOwn = /^(Pulumi\..+\.yaml|environments\/(dev|prod)\.ts)$/;

/** All that are written down. */
export const written = [
  network, data, requests, tasks, watching, settings, stack, policies, pipelines,
].flatMap(mutationsIn);

/** Those that can be made: what a team has otherwise cannot be mistaken in the same way. */
export const mutations = written.filter((mutation) => !isTeamsOwn(mutation) || isPossible(mutation));

export function isTeamsOwn({ file }: Mutation): boolean {
  return teamsOwn.test(file);
}

function isPossible({ file, from }: Mutation): boolean {
  return readFileSync(join(projectFolder, file), "utf8").includes(from);
}
