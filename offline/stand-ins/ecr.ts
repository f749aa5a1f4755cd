import { AwsError, startAwsJson, type AwsService } from "./aws-json";

/** An image as the API of ECR names it. */
export interface Image {
  readonly imageDigest: string;
  readonly imageTags?: readonly string[];
  /** Seconds since 1970, as on the wire. */
  readonly imagePushedAt: number;
}

/** Starts an ECR with one repository: for AWS_ENDPOINT_URL_ECR. */
export function startEcr(registryId: string, repositoryName: string, images: readonly Image[]): Promise<AwsService> {
  return startAwsJson({
    "AmazonEC2ContainerRegistry_V20150921.DescribeImages": (input: { registryId?: string; repositoryName: string }) => {
      if (input.repositoryName !== repositoryName || (input.registryId ?? registryId) !== registryId) {
        throw new AwsError("RepositoryNotFoundException",
          `The repository with name '${input.repositoryName}' does not exist in the registry with id '${input.registryId}'`);
      }
      return { imageDetails: images.map((image) => ({ registryId, repositoryName, ...image })) };
    },
  });
}
