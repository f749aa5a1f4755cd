/** Seconds from the last test until a suite has ended: connections close, processes stop. */
const seconds = Number(process.env.TEST_END_SECONDS ?? 30);

/** A suite that leaves something open would never end, and nobody would learn what it is. */
export function mochaGlobalTeardown() {
  setTimeout(() => {
    // To standard output, of which `npm test` repeats what failed.
    console.log(`${seconds} s after the last test these are still open: ${process.getActiveResourcesInfo().join(", ")}`);
    // The last to say so: mocha takes the number of failed tests.
    process.once("exit", () => {
      process.exitCode = 1;
    });
    process.exit();
  }, seconds * 1_000).unref();
}
