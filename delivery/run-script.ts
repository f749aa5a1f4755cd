import { summarize } from "./github/job";
import { block } from "./report/markdown";

/**
 * Runs what a script does. A number that it returns is the exit code; an error is told by its message, in a job's
 * summary too, and is 1.
 */
export function runScript(script: () => Promise<number | void>): void {
  Promise.resolve().then(script).then(
    (code) => {
      process.exitCode = code ?? 0;
    },
    (error: Error) => {
      const message = messageOf(error);
      process.exitCode = 1;
      process.stderr.write(`${message}\n`);
      summarize(`## \`npm run ${process.env["npm_lifecycle_event"] ?? ""}\` failed\n\n${block(message.split("\n"))}\n`);
    },
  );
}

/** What is wrong, and how to go on where AWS's SDK does not say it. */
export function messageOf({ name, message }: Error): string {
  return name === "CredentialsProviderError"
    ? `there are no AWS credentials (${message}): log in to the stack's account, until \`aws sts get-caller-identity\` names it`
    : message;
}
