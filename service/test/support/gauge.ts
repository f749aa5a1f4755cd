// Loaded into a program of the build, by Node's `--import`: tells the parent what the process holds when it asks.

/** Bytes, and a count of what keeps the process busy: sockets, timers, requests to the system. */
export interface Reading {
  readonly rss: number;
  readonly heapUsed: number;
  readonly handles: number;
}

process.on("message", () => {
  // Otherwise the heap would be as large as the collector's patience.
  globalThis.gc!();
  const { rss, heapUsed } = process.memoryUsage();
  process.send!({ rss, heapUsed, handles: process.getActiveResourcesInfo().length } satisfies Reading);
});
