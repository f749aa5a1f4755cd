import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import type { DeploymentRecord } from "../../delivery/deployment/record";
import { startSecrets, type Secrets } from "../../offline/stand-ins/secrets";
import { PreparedClone } from "../clone";
import { callsOf, installFakePulumi } from "./fake-pulumi";
import { recordsIn } from "./records";
import { ended } from "./shell";

const image = (letter: string): string => `registry.example.com/accounts@sha256:${letter.repeat(64)}`;
const record = (letter: string, result: DeploymentRecord["result"]): DeploymentRecord =>
  ({ commit: letter.repeat(40), image: image(letter), run: "17", result });

describe("the image that a preview takes", function () {
  this.timeout(60_000);
  let folder: string;
  let cli: string;
  let aws: Secrets;
  let clone: PreparedClone;

  before(() => {
    clone = new PreparedClone();
  });

  after(() => clone.remove());

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "accounts-preview-"));
    cli = join(folder, "pulumi");
    installFakePulumi(cli);
    aws = await startSecrets({ secrets: [], parameters: [] });
  });

  afterEach(async () => {
    await aws.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** `npm run preview` in a clone that is set up, without a check of its types. */
  async function preview(...words: string[]) {
    const comment = join(folder, "comment.md");
    const args = JSON.stringify(["dev", "--comment-file", comment, ...words]);
    const script = "import('./delivery/preview.ts').then(async ({ preview, readPreviewArgs }) => { "
      + `process.exitCode = await preview(readPreviewArgs(${args}), async () => undefined); })`;
    const child = spawn(process.execPath, ["--import", "tsx", "--eval", script], {
      cwd: clone.folder, stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: [folder, process.env.PATH].join(delimiter), AWS_ENDPOINT_URL: "http://127.0.0.1:9", AWS_ENDPOINT_URL_SSM: aws.url,
        AWS_ACCESS_KEY_ID: "preview", AWS_SECRET_ACCESS_KEY: "stand-in", AWS_MAX_ATTEMPTS: "1",
      },
    });
    const { code, stderr } = await ended(child);
    const previews = callsOf(cli).filter(({ args: [operation] }) => operation === "preview");
    return {
      code, stderr,
      images: previews.map((call) => call.args.find((word) => word.startsWith("accounts:image="))?.replace("accounts:image=", "")),
      comment: existsSync(comment) ? readFileSync(comment, "utf8") : "",
    };
  }

  const failed = /The last deployment, of `b{7}`, has failed: what is not told here as a change may still be/;
  const underWay = /The last deployment, of `b{7}`, is not done: what is not told here/;

  const rows: [what: string, written: (DeploymentRecord | string)[], taken: string, note?: RegExp][] = [
    ["is the one that was deployed last", [record("a", "deployed"), record("b", "deployed")], image("b")],
    ["is not one whose deployment has failed, which a reader is told",
      [record("a", "deployed"), record("b", "failed")], image("a"), failed],
    ["is not one that is just being deployed", [record("a", "deployed"), record("b", "deploying")], image("a"), underWay],
    ["does not depend on a record that somebody has mended since", ["oops", record("a", "deployed")], image("a")],
    ["is what nobody has committed yet, which a reader is told",
      [{ ...record("b", "deployed"), uncommitted: { "accounts:databaseGeneration": "2" } }], image("b"),
      /deployed by hand what this does not have: `accounts:databaseGeneration: 2`\. Its deployment would be refused\./],
  ];
  for (const [what, written, taken, note] of rows) {
    it(what, async () => {
      for (const value of written) {
        await recordsIn(aws).put(value);
      }
      const { code, stderr, images, comment } = await preview();

      assert.deepEqual([code, images], [0, [taken]], stderr);
      if (note === undefined) {
        assert.doesNotMatch(comment, /\[!NOTE\]/);
      } else {
        assert.match(comment, note);
      }
    });
  }

  it("is the one in Pulumi's state where there is no record yet", async () => {
    installFakePulumi(cli, { outputs: { imageUri: image("c") } });

    assert.deepEqual((await preview()).images, [image("c")]);
  });

  it("is none where nothing was deployed yet, and a reader is told of the digest in its place", async () => {
    const { code, images, comment } = await preview();

    assert.deepEqual([code, images], [0, [`123456789012.dkr.ecr.eu-west-1.amazonaws.com/accounts@sha256:${"0".repeat(64)}`]]);
    assert.match(comment, /No image was deployed yet: a digest of zeros is in its place\./);
  });

  it("is not guessed at where the record cannot be read: nothing is previewed, and the comment says why", async () => {
    await recordsIn(aws).put(record("a", "deployed"));
    await recordsIn(aws).put("oops");
    const { code, images, comment } = await preview();

    assert.deepEqual([code, images], [1, []]);
    assert.match(comment, /the parameter \/pipeline-accounts\/dev is "oops", but must be a record/);
  });

  it("is the one that an argument names, without a look at the record", async () => {
    assert.deepEqual((await preview("--config", `accounts:image=${image("d")}`)).images, [image("d")]);
    assert.deepEqual(aws.calls, []);
  });

  it("is the one that the stack's file names, without a look at the record", async () => {
    clone.edit("Pulumi.dev.yaml", "config:", `config:\n  accounts:image: ${image("e")}`);

    assert.deepEqual((await preview()).images, [image("e")]);
    assert.deepEqual(aws.calls, []);
  });
});
