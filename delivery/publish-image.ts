import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { contentHash } from "../infra/content-hash";
import { projectFolder } from "../offline/stack-file";
import { checkDelivery } from "./check";
import { digestOf } from "./image/registry";
import { checkedDigest } from "./image/uri";
import { runScript } from "./run-script";
import { delivery } from "./settings";
import { settingsOfStack } from "./stack-settings";
import { imageRepositoryUri } from "./target";

const context = join(projectFolder, "service");

/**
 * Builds the image once and pushes it, with what it is made of (SBOM) and how it was built (provenance). Its tag is
 * made of its content, so that what is there already is not built again, and a commit that leaves the service as it is
 * brings no other image. Returns the digest of the index that holds the image of each platform and these two.
 */
export async function publishImage(): Promise<string> {
  const tag = imageTag();
  const existing = await digestOf(tag);
  if (existing !== undefined) {
    process.stderr.write(`${imageRepositoryUri()}:${tag} is there already: it is not built again\n`);
    return existing;
  }
  try {
    return await buildAndPush(`${imageRepositoryUri()}:${tag}`);
  } catch (error) {
    // The repository refuses to set a tag again: another run may have been faster.
    const faster = await digestOf(tag);
    if (faster === undefined) {
      throw error;
    }
    return faster;
  }
}

/** Changes exactly when the image does. */
export function imageTag(): string {
  return contentHash(context, imagePlatforms().join(","));
}

/** One for each architecture that the environment of a stack asks for. */
export function imagePlatforms(): string[] {
  const architectures = Object.keys(delivery.stacks).map((stack) => settingsOfStack(stack).image.architecture);
  return [...new Set(architectures)].toSorted().map((architecture) => `linux/${architecture}`);
}

/** Reads all that is built, in the job that may push it; without a digest it would be whatever has this tag today. */
const sbomGenerator = "docker/buildkit-syft-scanner:stable-1"
  + "@sha256:ae4f3b554449e7e25548e7d8ccc029d17357348e30c6e3df01b92bc93654d6a9";

async function buildAndPush(reference: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "accounts-image-"));
  const metadata = join(folder, "metadata.json");
  try {
    await docker([
      "buildx", "build", context,
      "--platform", imagePlatforms().join(","),
      "--tag", reference,
      "--push",
      "--provenance", "mode=max",
      "--sbom", `generator=${sbomGenerator}`,
      ...process.env.GITHUB_SHA ? ["--build-arg", `SOURCE_COMMIT=${process.env.GITHUB_SHA}`] : [],
      "--metadata-file", metadata,
      "--progress", "plain",
    ]);
    const built = JSON.parse(readFileSync(metadata, "utf8")) as Record<string, unknown>;
    return checkedDigest(built["containerimage.digest"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Standard output is for the digest alone. */
async function docker(args: readonly string[]): Promise<void> {
  const [code] = await once(spawn("docker", args, { stdio: ["ignore", process.stderr, process.stderr] }), "close");
  if (code !== 0) {
    throw new Error(`docker ${args.slice(0, 2).join(" ")} ended with ${code}, see above: no image was pushed`);
  }
}

if (require.main === module) {
  runScript(async () => {
    checkDelivery();
    process.stdout.write(`digest=${await publishImage()}\n`);
  });
}
