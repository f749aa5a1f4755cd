"use strict";

// Loaded before the program where its types were checked beforehand. Pulumi's SDK would load the whole compiler of
// TypeScript to drop the types again, and npm's resolver, which only a function that becomes a resource needs: half of
// what a start takes. Here esbuild drops them, a folder at once, and both are loaded when somebody asks for them.
const fs = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");

// Not for the processes beside it that inherit NODE_OPTIONS: policies, plugins, npm.
if (/[\\/]@pulumi[\\/]pulumi[\\/]cmd[\\/]run[\\/]index\.js$/.test(process.argv[1] ?? "")) {
  // The SDK registers its own loader unless it is told that the program is JavaScript.
  process.env.PULUMI_NODEJS_TYPESCRIPT = "false";
  const requireOfSdk = createRequire(process.argv[1]);
  for (const name of ["typescript", "@npmcli/arborist"]) {
    loadLate(name, requireOfSdk);
  }
  registerLoader(requireOfSdk);
}

function loadLate(name, requireOfSdk) {
  const file = requireOfSdk.resolve(name);
  const load = () => {
    if (require.cache[file] === placeholder) {
      delete require.cache[file];
    }
    return requireOfSdk(file);
  };
  const exports = new Proxy({}, {
    // Of a module that says this of itself the SDK makes no copy, for which it would have to be loaded.
    get: (_, property) => property === "__esModule" || load()[property],
  });
  const placeholder = { id: file, filename: file, loaded: true, exports, children: [], paths: [] };
  require.cache[file] = placeholder;
}

function registerLoader(requireOfSdk) {
  const written = new Map();
  require.extensions[".ts"] = (module, file) => {
    if (!written.has(compiledName(file))) {
      compileFolder(path.dirname(file)).forEach(({ path: name, text }) => written.set(name, text));
    }
    module._compile(written.get(compiledName(file)), file);
  };
  // Stacks are in terms of the TypeScript, as the SDK's loader has them.
  requireOfSdk("source-map-support").install({
    overrideRetrieveSourceMap: true,
    retrieveSourceMap: (file) => {
      const map = written.get(`${compiledName(file)}.map`);
      return map === undefined ? null : { url: file, map };
    },
  });
}

function compiledName(file) {
  return file.replace(/\.ts$/, ".js");
}

/** Each file by itself, as the SDK's loader does it: in a bundle, `__dirname` would be another. */
function compileFolder(folder) {
  const files = fs.readdirSync(folder).filter((file) => /(?<!\.d)\.ts$/.test(file));
  return require("esbuild").buildSync({
    absWorkingDir: folder, entryPoints: files, outdir: folder, write: false,
    format: "cjs", platform: "node", target: `node${process.versions.node}`, sourcemap: "external", logLevel: "error",
  }).outputFiles;
}
