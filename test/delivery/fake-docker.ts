import { installCommand, notesOf } from "./fake-command";

/**
 * Installs a `docker` at `file` that notes what it is called with, and answers `buildx build --push` as buildx does: it
 * puts an index into the registry (AWS_ENDPOINT_URL_ECR) and writes its digest into the metadata file. The index is
 * another one at every build, as a real one is, which holds the time in its provenance.
 */
export function installFakeDocker(file: string): void {
  installCommand(file, `
    const fs = require("node:fs");
    const { createHash } = require("node:crypto");
    const args = process.argv.slice(2);
    const value = (name) => args[args.indexOf(name) + 1];
    fs.appendFileSync(${JSON.stringify(file)} + ".calls", JSON.stringify(args) + "\\n");
    if (args[0] !== "buildx" || args[1] !== "build" || !args.includes("--push")) {
      console.error("docker: this one only builds and pushes, but was asked for " + args.join(" "));
      process.exit(1);
    }
    console.error("#1 building with a stand-in");
    const [, repositoryName, imageTag] = /^[^/]+\\/(.+):(.+)$/.exec(value("--tag"));
    const imageManifest = JSON.stringify({ mediaType: "application/vnd.oci.image.index.v1+json", built: process.hrtime.bigint().toString() });
    fetch(process.env.AWS_ENDPOINT_URL_ECR, {
      method: "POST",
      headers: {
        "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.PutImage",
        authorization: "AWS4-HMAC-SHA256 Credential=docker/20260101/eu-west-1/ecr/aws4_request",
      },
      body: JSON.stringify({ repositoryName, imageTag, imageManifest, imageManifestMediaType: "application/vnd.oci.image.index.v1+json" }),
    }).then(async (response) => {
      if (!response.ok) {
        throw new Error(await response.text());
      }
      const digest = "sha256:" + createHash("sha256").update(imageManifest).digest("hex");
      fs.writeFileSync(value("--metadata-file"), JSON.stringify({ "containerimage.digest": digest, "image.name": value("--tag") }));
    }).catch((error) => {
      console.error("ERROR: failed to push: " + error.message);
      process.exitCode = 1;
    });
  `);
}

/** The arguments of each call. */
export function dockerCalls(file: string): string[][] {
  return notesOf(file, "calls").map((line) => JSON.parse(line) as string[]);
}
