import { chmodSync, cpSync, lutimesSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { billOfMaterials } from "./bill-of-materials.ts";
import { readPackages, readRelease, type DebianPackage } from "./debian.ts";
import { withoutSymbols } from "./elf.ts";

/** What node is linked with, by Debian's package. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  "libc6": ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"],
  "libgcc-s1": ["libgcc_s.so.1"],
  "libstdc++6": ["libstdc++.so.6"],
};

/** The loader's path is part of the ABI of each platform; the libraries are where that loader looks first. */
const platforms: Readonly<Record<string, { readonly libraries: string; readonly loader: string }>> = {
  amd64: { libraries: "usr/lib/x86_64-linux-gnu", loader: "lib64/ld-linux-x86-64.so.2" },
  arm64: { libraries: "usr/lib/aarch64-linux-gnu", loader: "lib/ld-linux-aarch64.so.1" },
};

const node = "usr/local/bin/node";

// The image's two layers: `runtime` changes with the base image, `service` with each commit.
const [base = "", architecture = "", build = "", destination = ""] = process.argv.slice(2);
const platform = platformFor(architecture);
const packages = readPackages(base, architecture, Object.keys(libraries));
layRuntime(join(destination, "runtime"));
layService(join(destination, "service"));

function platformFor(name: string) {
  const known = platforms[name];
  if (known === undefined) {
    throw new Error(`the architecture must be one of ${Object.keys(platforms).join(", ")}, got "${name}"`);
  }
  return known;
}

/** Nothing of the base is run: it may be for another architecture than this one. */
function layRuntime(layer: string): void {
  write(layer, node, withoutSymbols(readFileSync(join(base, node))));
  for (const library of Object.values(libraries).flat()) {
    copy(join(platform.libraries, library), layer);
  }
  copy(join(platform.libraries, basename(platform.loader)), layer, platform.loader);
  write(layer, "etc/passwd", "service:x:10001:10001:service:/app:/nonexistent\n");
  write(layer, "etc/group", "service:x:10001:\n");
  write(layer, "etc/nsswitch.conf", "hosts: files dns\n");
  describePackages(layer, packages);
  settle(layer, [node, platform.loader]);
}

/** Their licences, and what scanners look for in an image without dpkg, since distroless images have it there. */
function describePackages(layer: string, described: readonly DebianPackage[]): void {
  copy("usr/lib/os-release", layer, "etc/os-release");
  copy("etc/debian_version", layer);
  for (const { name, record } of described) {
    write(layer, `var/lib/dpkg/status.d/${name}`, record);
    copy(`usr/share/doc/${name}/copyright`, layer);
  }
}

function layService(layer: string): void {
  cpSync(build, join(layer, "app"), { recursive: true });
  const runtime = { architecture, packages, nodeVersion: process.versions.node, debianRelease: readRelease(base) };
  write(layer, "usr/share/sbom/accounts-service.cdx.json", billOfMaterials(runtime));
  settle(layer, []);
}

function copy(path: string, layer: string, target = path): void {
  write(layer, target, readFileSync(join(base, path)));
}

function write(layer: string, path: string, content: Buffer | string): void {
  mkdirSync(dirname(join(layer, path)), { recursive: true });
  writeFileSync(join(layer, path), content);
}

/** Takes away what would differ on the next builder: its clock, and the modes of its files, which its umask made. */
function settle(layer: string, programs: readonly string[]): void {
  const executable = new Set(programs);
  for (const entry of readdirSync(layer, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    chmodSync(path, entry.isDirectory() || executable.has(path.slice(layer.length + 1)) ? 0o755 : 0o644);
    lutimesSync(path, 0, 0);
  }
}
