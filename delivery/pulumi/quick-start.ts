import { homedir } from "node:os";
import { join } from "node:path";

import { projectFolder } from "../../offline/stack-file";

/**
 * How Pulumi starts a program whose types were checked before: without checking them again, without looking the same
 * frame of a stack up twice, and with the machine code that Node has kept of an earlier start, be it the preview of the
 * same `pulumi up`. `npm run bench:start-up` shows what that saves.
 */
export function quickStart({ NODE_OPTIONS, NODE_COMPILE_CACHE }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const quickStacks = `--require ${JSON.stringify(join(projectFolder, "delivery", "pulumi", "quick-stacks.cjs"))}`;
  return {
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    NODE_OPTIONS: NODE_OPTIONS ? `${NODE_OPTIONS} ${quickStacks}` : quickStacks,
    // Of this user: in a folder for everybody, somebody else could leave code in it.
    NODE_COMPILE_CACHE: NODE_COMPILE_CACHE || join(homedir(), ".cache", "accounts", "node-compile-cache"),
  };
}
