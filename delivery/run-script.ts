/** Runs what a script does. A number that it returns is the exit code; an error is told by its message, and is 1. */
export function runScript(script: () => Promise<number | void>): void {
  Promise.resolve().then(script).then(
    (code) => {
      process.exitCode = code ?? 0;
    },
    (error: Error) => {
      process.stderr.write(`${messageOf(error)}\n`);
      process.exitCode = 1;
    },
  );
}

/** What is wrong, and how to go on where AWS's SDK does not say it. */
export function messageOf({ name, message }: Error): string {
  return name === "CredentialsProviderError"
    ? `there are no AWS credentials (${message}): log in to the stack's account, until \`aws sts get-caller-identity\` names it`
    : message;
}
