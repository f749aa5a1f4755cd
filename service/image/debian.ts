import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** The source package, under which Debian's security tracker has it. */
  readonly source: string;
  /** What dpkg's database says of it. */
  readonly record: string;
}

/** Finds packages in the database of dpkg below `root`. */
export function readPackages(root: string, architecture: string, names: readonly string[]): DebianPackage[] {
  const database = join(root, "var/lib/dpkg/status");
  const records = readFileSync(database, "utf8").split(/\n{2,}/);
  return names.map((name) => {
    const record = records.find((one) => field(one, "Package") === name && field(one, "Architecture") === architecture);
    const version = field(record ?? "", "Version");
    if (record === undefined || version === undefined) {
      throw new Error(`${database} must have the package ${name} for ${architecture}, and has not`);
    }
    // The source's version follows in brackets where it differs.
    const [source = name] = field(record, "Source")?.split(" ") ?? [];
    return { name, version, source, record: `${record.trim()}\n` };
  });
}

/** The release below `root`, such as `12`. */
export function readRelease(root: string): string {
  const file = join(root, "usr/lib/os-release");
  const { ID, VERSION_ID } = parseEnv(readFileSync(file, "utf8"));
  if (ID !== "debian" || VERSION_ID === undefined) {
    throw new Error(`${file} must name a release of Debian, got ID=${ID} and VERSION_ID=${VERSION_ID}`);
  }
  return VERSION_ID;
}

function field(record: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, "m").exec(record)?.[1];
}
