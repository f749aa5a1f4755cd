"use strict";

// Plain JavaScript of any age: this has to run, and speak, where nothing else can.
var wanted = [22, 19];
var found = process.versions.node.split(".").map(Number);
if (found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1])) {
  console.error("accounts needs Node " + wanted.join(".") + " or newer, but this is " + process.versions.node + " (" +
    process.execPath + "): run `npm ci`, which brings Node 24 on Linux, or install a newer one");
  process.exit(1);
}
