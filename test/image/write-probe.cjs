// Runs in the container: prints every folder in which it could make a file, and every file that it could change.
const fs = require("node:fs");
const path = require("node:path");

/** What the kernel and the container runtime mount is not the image. */
const mounted = new Set(["/dev", "/proc", "/sys"]);
const writable = [];

function attempt(name, write) {
  try {
    write();
    writable.push(name);
  } catch {
    // What is hoped for.
  }
}

function walk(folder) {
  const probe = path.join(folder, "probe");
  attempt(folder, () => fs.writeFileSync(probe, "", { flag: "wx" }));
  fs.rmSync(probe, { force: true });
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory() && !mounted.has(name)) {
      walk(name);
    } else if (entry.isFile()) {
      attempt(name, () => fs.closeSync(fs.openSync(name, "r+")));
    }
  }
}

walk("/");
console.log(JSON.stringify(writable));
