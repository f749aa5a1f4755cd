import { execFileSync } from "node:child_process";

import type { DebianPackage } from "./debian.ts";

interface Component {
  readonly "bom-ref": string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
  readonly [field: string]: unknown;
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn?: readonly string[];
}

/** As much of a CycloneDX document as is changed here. */
interface BillOfMaterials {
  readonly metadata: { readonly component: Component; readonly [field: string]: unknown };
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
  readonly [field: string]: unknown;
}

/** Beside the packages of the lockfile: what of the base image is in ours. */
export interface Runtime {
  readonly architecture: string;
  readonly nodeVersion: string;
  readonly debianRelease: string;
  readonly packages: readonly DebianPackage[];
}

/**
 * What the image is made of, in CycloneDX: the production packages of the lockfile in the working directory, and the
 * runtime. Without time and serial number, so that the same source gives the same file.
 */
export function billOfMaterials(runtime: Runtime): string {
  const bill = productionPackages();
  const node = nodeComponent(runtime);
  const libraries = runtime.packages.map((one) => debianComponent(one, runtime));
  const { component } = bill.metadata;
  const service = component["bom-ref"];
  return `${JSON.stringify({
    ...bill,
    serialNumber: undefined,
    metadata: {
      ...bill.metadata,
      timestamp: undefined,
      // npm names it after the folder.
      component: { ...component, name: service.slice(0, service.lastIndexOf("@")) },
    },
    components: [...bill.components, node, ...libraries],
    dependencies: [
      ...bill.dependencies.map((one) => one.ref === service ? dependingOn(one, [node]) : one),
      dependingOn({ ref: node["bom-ref"] }, libraries),
      ...libraries.map((library) => dependingOn({ ref: library["bom-ref"] }, [])),
    ],
  }, undefined, 1)}\n`;
}

/** `npm sbom --omit=dev` also leaves out what production and development share: https://github.com/npm/cli/issues/7909 */
function productionPackages(): BillOfMaterials {
  const options = ["--package-lock-only", "--sbom-format=cyclonedx", "--sbom-type=application"];
  const text = execFileSync("npm", ["sbom", ...options], { encoding: "utf8", maxBuffer: 64 * 1_048_576 });
  const bill = JSON.parse(text) as BillOfMaterials;
  const left = new Set(bill.components.filter(isOfDevelopment).map((component) => component["bom-ref"]));
  return {
    ...bill,
    components: bill.components.filter((component) => !left.has(component["bom-ref"])),
    dependencies: bill.dependencies.filter(({ ref }) => !left.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => !left.has(one)) })),
  };
}

function isOfDevelopment({ properties = [] }: Component): boolean {
  return properties.some(({ name, value }) => name === "cdx:npm:package:development" && value === "true");
}

function dependingOn({ ref, dependsOn = [] }: Dependency, components: readonly Component[]): Dependency {
  return { ref, dependsOn: [...dependsOn, ...components.map((component) => component["bom-ref"])] };
}

function nodeComponent({ nodeVersion }: Runtime): Component {
  return {
    "bom-ref": `node@${nodeVersion}`,
    type: "platform",
    name: "node",
    version: nodeVersion,
    purl: `pkg:generic/node@${nodeVersion}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${nodeVersion}:*:*:*:*:*:*:*`,
    licenses: [{ license: { id: "MIT" } }],
  };
}

function debianComponent({ name, version, source }: DebianPackage, runtime: Runtime): Component {
  const { architecture, debianRelease } = runtime;
  const qualifiers = `arch=${architecture}&distro=debian-${debianRelease}&upstream=${encodeURIComponent(source)}`;
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?${qualifiers}`;
  return { "bom-ref": purl, type: "library", name, version, purl };
}
