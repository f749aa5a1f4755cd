import { imageRepository } from "../../delivery/names";
import type { Account } from "../account";
import { allow, arns, type Statement } from "../document";

/** To push an image, and to give one that is there another tag. No tag can be moved, and no image deleted. */
export function buildRights(account: Account): Statement[] {
  return [
    // IAM knows no resource for it.
    allow("LogIn", ["ecr:GetAuthorizationToken"], "*"),
    allow("Push", [
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
    ], arns("ecr", account, `repository/${imageRepository}`)),
  ];
}
