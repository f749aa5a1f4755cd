/** Runs what a script does. A number that it returns is the exit code; an error is told by its message, and is 1. */
export function runScript(script: () => Promise<number | void>): void {
  Promise.resolve().then(script).then(
    (code) => {
      process.exitCode = code ?? 0;
    },
    (error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
}
