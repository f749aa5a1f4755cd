import { createHash } from "node:crypto";

import { AwsError, startAwsJson, type AwsService } from "./aws-json";

const service = "AmazonEC2ContainerRegistry_V20150921";

interface ImageId {
  readonly imageTag?: string;
  readonly imageDigest?: string;
}

interface PutImageInput {
  readonly imageManifest: string;
  readonly imageManifestMediaType?: string;
  readonly imageTag?: string;
  readonly imageDigest?: string;
}

/** A running Elastic Container Registry with one repository, whose tags cannot be set again. */
export interface ImageRepository extends AwsService {
  /** The digest behind each tag. */
  readonly tags: ReadonlyMap<string, string>;
}

/** Starts one that knows DescribeImages, BatchGetImage and PutImage, with which a push ends as well. */
export async function startImageRepository(name: string): Promise<ImageRepository> {
  const manifests = new Map<string, PutImageInput>();
  const tags = new Map<string, string>();
  const digestOf = ({ imageTag, imageDigest }: ImageId): string | undefined => {
    const digest = imageDigest ?? tags.get(imageTag ?? "");
    return digest !== undefined && manifests.has(digest) ? digest : undefined;
  };
  const inRepository = <Input>(operation: (input: Input) => object) => (input: Input & { repositoryName: string }) => {
    if (input.repositoryName !== name) {
      throw new AwsError("RepositoryNotFoundException", `The repository with name '${input.repositoryName}' does not exist`);
    }
    return operation(input);
  };

  const aws = await startAwsJson({
    [`${service}.DescribeImages`]: inRepository(({ imageIds }: { imageIds: ImageId[] }) => ({
      imageDetails: imageIds.map((id) => {
        const imageDigest = digestOf(id);
        if (imageDigest === undefined) {
          throw new AwsError("ImageNotFoundException", `The image with imageId ${JSON.stringify(id)} does not exist within the repository with name '${name}'`);
        }
        return { imageDigest, imageTags: [...tags].filter(([, digest]) => digest === imageDigest).map(([tag]) => tag) };
      }),
    })),
    [`${service}.BatchGetImage`]: inRepository((
      { imageIds, acceptedMediaTypes = [] }: { imageIds: ImageId[]; acceptedMediaTypes?: readonly string[] },
    ) => ({
      images: imageIds.flatMap((id) => {
        const imageDigest = digestOf(id) ?? "";
        const manifest = manifests.get(imageDigest);
        return manifest === undefined ? []
          : [{ imageId: { imageDigest }, ...inMediaType(manifest, acceptedMediaTypes) }];
      }),
      failures: [],
    })),
    [`${service}.PutImage`]: inRepository((
      { imageManifest, imageManifestMediaType, imageTag = "", imageDigest: expected }: PutImageInput,
    ) => {
      const imageDigest = `sha256:${createHash("sha256").update(imageManifest).digest("hex")}`;
      if (expected !== undefined && expected !== imageDigest) {
        throw new AwsError("ImageDigestDoesNotMatchException", `The image's digest is '${imageDigest}', and not '${expected}'`);
      }
      if (tags.get(imageTag) === imageDigest) {
        throw new AwsError("ImageAlreadyExistsException", `Image with digest '${imageDigest}' and tag '${imageTag}' already exists`);
      }
      if (tags.has(imageTag)) {
        throw new AwsError("ImageTagAlreadyExistsException", `The image tag '${imageTag}' already exists and cannot be overwritten because the repository is immutable.`);
      }
      manifests.set(imageDigest, { imageManifest, imageManifestMediaType });
      tags.set(imageTag, imageDigest);
      return { image: { imageId: { imageDigest, imageTag } } };
    }),
  });
  return Object.assign(aws, { tags });
}

/** Who does not say that they understand an index is given another document, which has another digest. */
function inMediaType(manifest: PutImageInput, accepted: readonly string[]): PutImageInput {
  const { imageManifest, imageManifestMediaType } = manifest;
  return imageManifestMediaType === undefined || accepted.includes(imageManifestMediaType) ? manifest
    : { imageManifest: `${imageManifest}\n`, imageManifestMediaType: accepted[0] };
}
