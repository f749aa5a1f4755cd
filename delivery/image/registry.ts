import { BatchGetImageCommand, DescribeImagesCommand, ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";

import { imageRepository } from "../names";
import { imagePlace } from "../target";

/** The digest behind a tag of the account's repository, or nothing where there is no such tag. */
export async function digestOf(tag: string): Promise<string | undefined> {
  const { client, repository } = registry();
  try {
    const question = new DescribeImagesCommand({ ...repository, imageIds: [{ imageTag: tag }] });
    const { imageDetails = [] } = await client.send(question);
    return imageDetails[0]?.imageDigest;
  } catch (error) {
    if ((error as Error).name === "ImageNotFoundException") {
      return undefined;
    }
    throw error;
  }
}

/** Gives an image one more tag, by its manifest: nothing is pulled or pushed. The same tag twice is no error. */
export async function tagImage(digest: string, tag: string): Promise<void> {
  const { client, repository } = registry();
  const { images = [] } = await client.send(new BatchGetImageCommand({
    ...repository,
    imageIds: [{ imageDigest: digest }],
    // Otherwise ECR translates an index into another document, with another digest.
    acceptedMediaTypes: ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"],
  }));
  const [image] = images;
  if (image?.imageManifest === undefined) {
    throw new Error(`the repository ${repository.repositoryName} of account ${repository.registryId} holds no image ${digest}`);
  }
  try {
    await client.send(new PutImageCommand({
      ...repository,
      imageManifest: image.imageManifest,
      imageManifestMediaType: image.imageManifestMediaType,
      imageTag: tag,
      imageDigest: digest,
    }));
  } catch (error) {
    if (!["ImageAlreadyExistsException", "ImageTagAlreadyExistsException"].includes((error as Error).name)) {
      throw error;
    }
    const found = await digestOf(tag);
    if (found !== digest) {
      throw new Error(`the tag ${tag} is of ${found}, but should be of ${digest}: nothing of this project has set it`, { cause: error });
    }
  }
}

function registry() {
  const { region, accountId } = imagePlace();
  return {
    client: new ECRClient({ region }),
    repository: { registryId: accountId, repositoryName: imageRepository },
  };
}
