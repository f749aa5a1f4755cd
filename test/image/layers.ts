import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import type { Docker } from "./docker";

const run = promisify(execFile);

/** A file or folder of an image, as `tar` shows it. */
export interface Entry {
  readonly path: string;
  /** As of `ls -l`: `-rwxr-xr-x`. */
  readonly mode: string;
  /** `<user>/<group>`, by number. */
  readonly owner: string;
}

/** What an image consists of, taken apart. */
export class Layers {
  private constructor(private readonly folder: string, private readonly archives: readonly string[]) {}

  static async of(docker: Docker, image: string): Promise<Layers> {
    const folder = mkdtempSync(join(tmpdir(), "accounts-layers-"));
    const archive = join(folder, "image.tar");
    await docker.run("save", "--output", archive, image);
    await run("tar", ["-xf", archive, "-C", folder]);
    const [{ Layers: archives }] = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as [{ Layers: string[] }];
    return new Layers(folder, archives.map((path) => join(folder, path)));
  }

  /** Bytes that a registry would store, and a task would pull. */
  async compressedBytes(): Promise<number> {
    const sizes = await Promise.all(this.archives.map(async (archive) => {
      const compressed = `${archive}.gz`;
      // Not Node's own zlib, which trades size for speed: registries get what `docker push` made.
      await run("sh", ["-c", "gzip --stdout \"$1\" >\"$2\"", "sh", archive, compressed]);
      return statSync(compressed).size;
    }));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async entries(): Promise<Entry[]> {
    const lists = await Promise.all(this.archives.map((archive) =>
      run("tar", ["--numeric-owner", "-tvf", archive], { maxBuffer: 16 * 1_048_576 })));
    return lists.flatMap(({ stdout }) => stdout.split("\n").filter((line) => line !== "").map(readEntry));
  }

  async read(path: string): Promise<string> {
    for (const archive of this.archives) {
      const { stdout } = await run("tar", ["-xOf", archive, "--ignore-failed-read", path], { maxBuffer: 16 * 1_048_576 })
        .catch(() => ({ stdout: "" }));
      if (stdout !== "") {
        return stdout;
      }
    }
    throw new Error(`no layer of the image holds ${path}`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function readEntry(line: string): Entry {
  const [mode = "", owner = "", , , , ...path] = line.split(/ +/);
  return { mode, owner, path: path.join(" ") };
}
