import * as aws from "@pulumi/aws";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import type { ImageSettings } from "../environments/settings";
import { contentHash } from "./content-hash";
import { shortHash } from "./names";
import type { RoleScope } from "./roles";

export interface ImageArgs extends ImageSettings, RoleScope {
  /** A built image with its digest, or empty to build `context`. */
  readonly image: string;
  /** The folder with the Dockerfile. */
  readonly context: string;
}

/** The image that both the service and the migration run, always by digest. */
export class Image extends pulumi.ComponentResource {
  /** `<repository>@sha256:<digest>`. */
  readonly uri: pulumi.Output<string>;
  /** As Fargate calls the architecture. */
  readonly cpuArchitecture: "ARM64" | "X86_64";
  /** Differs between images from different repositories; part of logical names. */
  readonly identity: string;
  /** Where ECR scans it; `undefined` for an image of a registry outside AWS, or of another region or account. */
  readonly repositoryName: pulumi.Input<string> | undefined;
  /** What ECS's agent needs to pull the image. */
  readonly pullStatements: aws.types.input.iam.PolicyStatement[];

  constructor(name: string, args: ImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Image", name, {}, opts);

    this.cpuArchitecture = args.architecture === "arm64" ? "ARM64" : "X86_64";
    if (args.image === "") {
      const repository = this.repository(name, args);
      this.uri = this.build(name, args, repository);
      this.identity = "built";
      this.repositoryName = repository.name;
      this.pullStatements = pullFrom(repository.arn);
    } else {
      const { arn, place, name: repositoryName } = ecrRepository(args.image) ?? {};
      this.uri = pulumi.output(args.image);
      this.identity = shortHash(args.image.split("@")[0] ?? "");
      this.repositoryName = place === `${args.region}:${args.accountId}` ? repositoryName : undefined;
      this.pullStatements = arn === undefined ? [] : pullFrom(arn);
    }
    this.registerOutputs({ uri: this.uri });
  }

  private repository(name: string, args: ImageArgs): aws.ecr.Repository {
    const repository = new aws.ecr.Repository(name, {
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [{ encryptionType: "AES256" }],
      forceDelete: args.forceDelete,
    }, { parent: this, protect: args.protect });
    new aws.ecr.LifecyclePolicy(`${name}-lifecycle`, {
      repository: repository.name,
      policy: JSON.stringify({
        rules: [{
          rulePriority: 1,
          description: `Keep the last ${args.keptImages} images for a rollback`,
          selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: args.keptImages },
          action: { type: "expire" },
        }],
      }),
    }, { parent: this });
    return repository;
  }

  private build(name: string, args: ImageArgs, repository: aws.ecr.Repository): pulumi.Output<string> {
    const token = aws.ecr.getAuthorizationTokenOutput({ registryId: repository.registryId }, { parent: this });
    // Explicit, and only here: every preview of a stack with a Docker provider needs a Docker daemon.
    const provider = new docker.Provider(`${name}-docker`, {}, { parent: this });
    // The tag changes exactly when the provider builds again, so that an immutable tag is never pushed twice.
    const tag = contentHash(args.context, args.architecture);
    return new docker.Image(name, {
      imageName: pulumi.interpolate`${repository.repositoryUrl}:${tag}`,
      build: {
        context: args.context,
        dockerfile: `${args.context}/Dockerfile`,
        platform: `linux/${args.architecture}`,
        builderVersion: "BuilderBuildKit",
      },
      registry: {
        server: repository.repositoryUrl,
        username: token.userName,
        password: pulumi.secret(token.password),
      },
    }, { parent: this, provider }).repoDigest;
  }
}

function pullFrom(repositoryArn: pulumi.Input<string>): aws.types.input.iam.PolicyStatement[] {
  return [
    // IAM knows no resource for this action.
    { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    {
      Effect: "Allow",
      Action: ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
      Resource: repositoryArn,
    },
  ];
}

/** Nothing for an image of a registry outside AWS, which asks for no role. */
function ecrRepository(image: string) {
  const ecr = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^@:]+)/;
  const [, accountId, region, name] = ecr.exec(image) ?? [];
  const place = `${region}:${accountId}`;
  return name === undefined ? undefined : { arn: `arn:aws:ecr:${place}:repository/${name}`, place, name };
}
