import { setTimeout as pause } from "node:timers/promises";

import { DescribeImagesCommand, ECRClient, type ECRClientConfig } from "@aws-sdk/client-ecr";

import { imageRepository } from "./names";
import { imageTag } from "./publish-image";
import { runPulumi } from "./pulumi";
import { imagePlace, imageRepositoryUri } from "./target";

/** A build takes minutes; more than this means that there will be none. */
const patienceMinutes = 30;

export interface Patience {
  readonly minutes: number;
  readonly pauseSeconds: number;
}

/**
 * The image of this commit's `service/`. The push that started this run started `.github/workflows/deploy.yml` as well,
 * which builds it: waits for that, and rejects when it does not come.
 */
export async function publishedImage(
  credentials: ECRClientConfig["credentials"],
  { minutes, pauseSeconds }: Patience = { minutes: patienceMinutes, pauseSeconds: 15 },
): Promise<string> {
  const tag = imageTag();
  const ecr = new ECRClient({ region: imagePlace().region, credentials });
  const giveUpAt = Date.now() + minutes * 60_000;
  for (;;) {
    const digest = await digestOf(ecr, tag);
    if (digest !== undefined) {
      return `${imageRepositoryUri()}@${digest}`;
    }
    if (Date.now() > giveUpAt) {
      throw new Error(`${imageRepositoryUri()}:${tag} was not pushed in ${minutes} minutes: `
        + "look at the job `image` of .github/workflows/deploy.yml for this commit, and start this again afterwards");
    }
    process.stderr.write(`${imageRepositoryUri()}:${tag} is not there yet\n`);
    await pause(pauseSeconds * 1000);
  }
}

async function digestOf(ecr: ECRClient, tag: string): Promise<string | undefined> {
  try {
    const { imageDetails = [] } = await ecr.send(new DescribeImagesCommand({
      registryId: imagePlace().accountId, repositoryName: imageRepository, imageIds: [{ imageTag: tag }],
    }));
    return imageDetails[0]?.imageDigest;
  } catch (error) {
    if ((error as Error).name === "ImageNotFoundException") {
      return undefined;
    }
    throw error;
  }
}

/** What the stack runs at present, so that a preview shows no difference that nobody made. */
export async function presentImage(stack: string): Promise<string> {
  const { code, stdout, stderr } = await runPulumi(["stack", "output", "--json", "--stack", stack], { output: "capture" });
  if (code !== 0) {
    throw new Error(`pulumi stack output ended with ${code}: ${stderr.trim()}`);
  }
  const { imageUri } = JSON.parse(stdout) as { imageUri?: string };
  return imageUri ?? `${imageRepositoryUri()}@sha256:${"0".repeat(64)}`;
}
