import { committedStacks } from "../offline/stack-file";
import { readArguments } from "./arguments";
import { logs } from "./logs";
import { restore } from "./restore";
import { rollback } from "./rollback";
import { run } from "./run";
import { scale } from "./scale";
import { openSession } from "./session";
import { status } from "./status";

async function main(): Promise<void> {
  const request = readArguments(process.argv.slice(2), process.env, committedStacks());
  const session = await openSession(request.stack, request.dryRun);
  switch (request.command) {
    case "status":
      return status(session);
    case "logs":
      return logs(session, request);
    case "run":
      return run(session, request.program);
    case "rollback":
      return rollback(session, request.digest, request.yes);
    case "scale":
      return scale(session, request);
    case "restore":
      return restore(session, request.step, request.yes);
  }
}

main().then(() => process.exit(), (error: Error) => {
  console.error(error.name === "Error" ? error.message : `${error.name}: ${error.message}`);
  process.exit(1);
});
