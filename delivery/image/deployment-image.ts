import { setTimeout as pause } from "node:timers/promises";

import { promotedTag } from "../names";
import { imageTag } from "../publish-image";
import { outputsOf } from "../pulumi/stack-outputs";
import { imageRepositoryUri } from "../target";
import { digestOf } from "./registry";
import { noImage } from "./uri";

export interface Patience {
  readonly minutes: number;
  readonly pauseSeconds: number;
}

/** A build takes minutes; more than this means that there will be none. */
const patience: Patience = { minutes: 30, pauseSeconds: 15 };

/**
 * The digest of this commit's `service/`. The push that started this run started `.github/workflows/deploy.yml` too,
 * which builds it: waits for that, and rejects when it does not come.
 */
export async function publishedDigest({ minutes, pauseSeconds }: Patience = patience): Promise<string> {
  const tag = imageTag();
  const giveUpAt = Date.now() + minutes * 60_000;
  for (let asked = 0; ; asked += 1) {
    const digest = await digestOf(tag);
    if (digest !== undefined) {
      return digest;
    }
    if (asked === 0) {
      process.stderr.write(`waiting for ${imageRepositoryUri()}:${tag}\n`);
    }
    if (Date.now() > giveUpAt) {
      throw new Error(`${imageRepositoryUri()}:${tag} was not pushed in ${minutes} minutes: `
        + "look at the job `image` of .github/workflows/deploy.yml for this commit, and start this again afterwards");
    }
    await pause(pauseSeconds * 1000);
  }
}

/** ECR expires what is not promoted, and a stack that keeps data may run it for longer than that. */
export async function refuseUnpromoted(stack: string, digest: string): Promise<void> {
  const tag = promotedTag(digest);
  if (await digestOf(tag) !== digest) {
    throw new Error(`${stack} keeps data, and no tag ${tag} keeps its image from being expired: `
      + `run \`npm run promote-image -- ${digest}\`, and start this again afterwards`);
  }
}

/** What the stack runs at present, so that a preview shows no difference that nobody made; zeros where nothing runs. */
export async function presentImage(reference: string): Promise<string> {
  const { imageUri: present = noImage() } = await outputsOf(reference) as { imageUri?: string };
  return present;
}
