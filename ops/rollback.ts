import { DescribeImagesCommand, ECRClient, type ImageDetail } from "@aws-sdk/client-ecr";
import { ECSClient, ListTaskDefinitionsCommand } from "@aws-sdk/client-ecs";

import { apply, type Manner } from "./change";
import { allPages } from "./pages";
import { pipelineOf } from "./pipeline";
import { imageOf, isOwnImage, serviceOf, taskDefinition } from "./service";
import type { Session } from "./session";
import { edited, fileOf } from "./stack-config";
import { moment, table } from "./table";

const shown = 15;
/** As many task definitions back as somebody would look for another image. */
const earlierDefinitions = 20;

interface Repository {
  readonly registryId: string;
  readonly region: string;
  readonly name: string;
}

/** Without a digest, lists what there is to go back to. With one, or `previous`, makes the stack run it. */
export async function rollback(session: Session, wanted: string | undefined, manner: Manner): Promise<void> {
  const { taskDefinition: arn = "" } = await serviceOf(session);
  const running = imageOf(await taskDefinition(session, arn));
  if (isOwnImage(running)) {
    throw new Error(`stack ${session.stack} builds its image itself (${running}), so it goes back with its code: `
      + "`git revert <commit>`, then `pulumi up`");
  }
  const [base = "", now = ""] = running.split("@");
  const images = await imagesIn(session, repositoryOf(running));
  if (wanted === undefined) {
    session.say(list(images, now).join("\n"));
    return;
  }
  const digest = wanted === "previous" ? await previous(session, arn, now) : find(images, wanted);
  if (digest === now) {
    throw new Error(`${digest} is what runs`);
  }
  if (!images.some(({ imageDigest }) => imageDigest === digest)) {
    throw new Error(`${digest} ran before, but ${base} holds it no longer; what it holds: npm run ops -- ${session.stack} rollback`);
  }
  const pipeline = await pipelineOf(session);
  const edits = { image: `${base.replace(/:[^/]*$/, "")}@${digest}` };
  await apply(session, {
    file: fileOf(session.stack),
    text: edited(session.stack, edits),
    edits,
    losses: [],
    consequences: [
      `The service goes from ${now} to ${digest}, by a deployment like any other.`,
      "The schema stays as it is: migrations have no way back, and an older release works on a newer schema, since each",
      "migration is one that the release before can bear (docs/decisions.md). The older release's migration finds it newer,",
      "leaves it alone, and says so. Further back than one release, look whether a migration since took something away.",
    ],
    next: [
      `npm run smoke -- --stack ${session.stack}   shows that it serves.`,
      `${fileOf(session.stack)} holds the stack at this image until accounts:image is taken out of it again.`,
    ],
  }, manner, pipeline);
}

function repositoryOf(image: string): Repository {
  const [, registryId, region, name] = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^@:]+)/.exec(image) ?? [];
  if (registryId === undefined || region === undefined || name === undefined) {
    throw new Error(`the stack runs ${image}, which is not of ECR: look for its digests there, and set one with `
      + "`pulumi config set accounts:image <repository>@sha256:<digest>`");
  }
  return { registryId, region, name };
}

/** The newest first. */
async function imagesIn(session: Session, { registryId, region, name }: Repository): Promise<ImageDetail[]> {
  if (region !== session.region) {
    throw new Error(`the stack's image is in ${region}, but the stack in ${session.region}: ask ECR there`);
  }
  const ecr = session.client(ECRClient);
  const found = await allPages(async (nextToken) => {
    const { imageDetails, nextToken: next } = await ecr.send(
      new DescribeImagesCommand({ registryId, repositoryName: name, nextToken }));
    return { items: imageDetails, next };
  });
  return found.toSorted((a, b) => (b.imagePushedAt?.getTime() ?? 0) - (a.imagePushedAt?.getTime() ?? 0));
}

function list(images: readonly ImageDetail[], now: string): string[] {
  // Signatures and lists of contents are images to ECR, too, and have no tag.
  const tagged = images.filter(({ imageTags = [], imageDigest }) => imageTags.length > 0 || imageDigest === now);
  return [
    ...table(tagged.slice(0, shown).map(({ imageDigest = "", imagePushedAt, imageTags = [] }) =>
      [imageDigest.slice(0, 19), `pushed ${moment(imagePushedAt)}`, imageTags.join(" "), imageDigest === now ? "runs now" : ""])),
    ...tagged.length > shown ? [`  and ${tagged.length - shown} older ones`] : [],
  ];
}

function find(images: readonly ImageDetail[], wanted: string): string {
  const start = `sha256:${wanted.replace(/^sha256:/, "")}`;
  if (!/^sha256:[0-9a-f]{8,64}$/.test(start)) {
    throw new Error(`"${wanted}" is no digest, but must be \`previous\` or 8 to 64 hex digits of one, with or without sha256:`);
  }
  const found = images.flatMap(({ imageDigest = "" }) => imageDigest.startsWith(start) ? [imageDigest] : []);
  if (found[0] === undefined || found.length > 1) {
    throw new Error(`${found.length} images have a digest that begins with ${start}, but exactly one must: `
      + "without a digest, `rollback` lists what there is");
  }
  return found[0];
}

/** What the service ran before, by the task definitions that Pulumi has made and replaced. */
async function previous(session: Session, arn: string, now: string): Promise<string> {
  const { taskDefinitionArns = [] } = await session.client(ECSClient).send(new ListTaskDefinitionsCommand({
    familyPrefix: session.names.serviceFamily, status: "INACTIVE", sort: "DESC", maxResults: earlierDefinitions,
  }));
  const revision = (definition: string): number => Number(definition.split(":").at(-1));
  for (const earlier of taskDefinitionArns.filter((each) => revision(each) < revision(arn))) {
    const digest = imageOf(await taskDefinition(session, earlier)).split("@")[1];
    if (digest !== undefined && digest !== now) {
      return digest;
    }
  }
  throw new Error(`the last ${taskDefinitionArns.length} task definitions of ${session.names.serviceFamily} had no other image: `
    + "name a digest");
}
