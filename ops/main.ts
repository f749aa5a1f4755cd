import { messageOf } from "../delivery/run-script";
import { committedStacks } from "../offline/stack-file";
import { readArguments, type Request } from "./arguments";
import { openSession, type Session } from "./session";

async function main(): Promise<void> {
  const request = readArguments(process.argv.slice(2), process.env, committedStacks());
  await take(await openSession(request.stack, request.dryRun), request);
}

/** Loads what the command needs, and no more: the SDK's clients and the program take their time. */
async function take(session: Session, request: Request): Promise<void> {
  switch (request.command) {
    case "status":
      return (await import("./status.ts")).status(session);
    case "logs":
      return (await import("./logs.ts")).logs(session, request);
    case "run":
      return (await import("./run.ts")).run(session, request.program);
    case "rollback":
      return (await import("./rollback.ts")).rollback(session, request.digest, request);
    case "scale":
      return (await import("./scale.ts")).scale(session, request);
    case "restore":
      return (await import("./restore.ts")).restore(session, request.step, request);
  }
}

main().then(() => process.exit(), (error: Error) => {
  console.error(["Error", "CredentialsProviderError"].includes(error.name) ? messageOf(error) : `${error.name}: ${error.message}`);
  process.exit(1);
});
