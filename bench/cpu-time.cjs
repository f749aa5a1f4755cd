"use strict";

// Loaded first into a process that is measured: notes what it took, of all its threads, when it ends.
const { writeFileSync } = require("node:fs");

process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  const { maxRSS } = process.resourceUsage();
  const taken = { cpuMilliseconds: (user + system) / 1000, memoryMiB: maxRSS / 1024 };
  writeFileSync(process.env.CPU_TIME_FILE, JSON.stringify(taken));
});
