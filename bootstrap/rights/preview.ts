import { stateBucket } from "../../delivery/names";
import type { Stack } from "../account";
import type { Statement } from "../document";
import { pathsOf } from "./state";

/** What a pull request's code must not get at, whoever adds rights to the role one day: data, secrets, other roles. */
export function neverInPreviews(stack: Stack): Statement[] {
  const state = `arn:aws:s3:::${stateBucket(stack)}/.pulumi`;
  return [
    {
      Sid: "NoDataAndNoSecrets",
      Effect: "Deny",
      Action: [
        "ecr:GetAuthorizationToken", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetQueryResults", "logs:StartQuery",
        "rds-data:*", "rds-db:*", "secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue", "sts:AssumeRole",
      ],
      Resource: "*",
    },
    {
      Sid: "NoObjectsButItsState",
      Effect: "Deny",
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      NotResource: ["meta.yaml", ...pathsOf(stack.name)].map((path) => `${state}/${path}`),
    },
  ];
}
