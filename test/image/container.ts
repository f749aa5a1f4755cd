import * as assert from "node:assert/strict";

import type { Plan } from "../../offline/render";
import { containerOf, type Part, type PlannedContainer } from "../plans";

/** What `docker run` is told of a container of the plan, without its image and its command. */
export function optionsOf(plan: Plan, part: Part): string[] {
  const container = containerOf(plan, part);
  const { linuxParameters: { initProcessEnabled, capabilities }, mountPoints, volumesFrom, systemControls } = container;
  assert.deepEqual([mountPoints, volumesFrom, systemControls, capabilities.add], [[], [], [], []], "Docker is told of none");
  return [
    "--network", "host",
    "--user", container.user,
    "--workdir", container.workingDirectory,
    "--entrypoint", container.entryPoint[0]!,
    "--stop-timeout", String(container.stopTimeout),
    "--memory", `${container.memory}m`,
    ...capabilities.drop.flatMap((capability) => ["--cap-drop", capability]),
    ...container.readonlyRootFilesystem ? ["--read-only"] : [],
    ...initProcessEnabled ? ["--init"] : [],
    // Fargate does not offer it; that there is nothing to gain privileges by holds all the same.
    "--security-opt", "no-new-privileges",
  ];
}

/** What stands after the image: the rest of the entry point, and the container's own command or another. */
export function commandOf({ entryPoint, command }: PlannedContainer, other: readonly string[] = command): string[] {
  return [...entryPoint.slice(1), ...other];
}
