// Loaded into a program of the build, by Node's `--import`: tells the parent what the process holds when it asks.

export interface Reading {
  readonly rssMiB: number;
  readonly heapMiB: number;
  /** What keeps the process busy: sockets, timers, requests to the system. */
  readonly handles: number;
}

const MEBIBYTE = 2 ** 20;

process.on("message", () => {
  // Otherwise the heap would be as large as the collector's patience.
  globalThis.gc!();
  const { rss, heapUsed } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().length;
  process.send!({ rssMiB: rss / MEBIBYTE, heapMiB: heapUsed / MEBIBYTE, handles } satisfies Reading);
});
