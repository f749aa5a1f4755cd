"use strict";

// Loaded before anything else. Plain JavaScript of any age: it has to run, and speak, where nothing else can.
var wanted = [22, 19];
var found = process.versions.node.split(".").map(Number);
if (found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1])) {
  console.error("accounts needs Node " + wanted.join(".") + " or newer, but this is " + process.versions.node + " (" +
    process.execPath + "): run `npm ci`, which brings Node 24 on Linux, or install a newer one");
  process.exit(1);
}

// Pulumi's runtime talks to itself over gRPC, which would go through a proxy that is set for the internet, and wait.
var env = process.env;
env.no_grpc_proxy = [env.no_grpc_proxy || env.no_proxy, "localhost", "127.0.0.1"].filter(Boolean).join(",");
