import { imageRepository } from "../../delivery/names";
import type { Stack } from "../account";
import { allow, arns, owned, roleArns, type Statement } from "../document";
import { logGroupArns } from "./read";

/**
 * The most that a role of the stack can be given: what its tasks, its schedule and its logs need, on its own things. So
 * a deployment can make no role that could do more, and none that reaches another stack.
 */
export function boundary(stack: Stack): Statement[] {
  const { name } = stack;
  const secrets = arns("secretsmanager", stack, `secret:accounts/${name}/*`);
  const osMetrics = arns("logs", stack, "log-group:RDS*");
  return [
    allow("LogIn", ["ecr:GetAuthorizationToken"], "*"),
    allow("Pull", ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], [
      ...arns("ecr", stack.images, `repository/${imageRepository}`),
      ...arns("ecr", stack, `repository/accounts-${name}-image-*`),
    ]),
    allow("Log", ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [...logGroupArns(stack), ...osMetrics]),
    allow("LogOfDatabases", ["logs:CreateLogGroup", "logs:GetLogEvents", "logs:PutRetentionPolicy"], osMetrics),
    allow("Parameters", ["ssm:GetParameters"], arns("ssm", stack, `parameter/accounts/${name}/*`)),
    allow("Secrets", [
      "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
      "secretsmanager:UpdateSecretVersionStage",
    ], secrets),
    // RDS gives the secrets of all databases names alike; the key decides whose can be read.
    allow("MasterSecret", ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
      arns("secretsmanager", stack, "secret:rds!db-*")),
    allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], arns("kms", stack, "key/*"), owned(stack),
      { StringEquals: { "kms:ViaService": `secretsmanager.${stack.region}.amazonaws.com` } }),
    allow("ScheduledTasks", ["ecs:RunTask"], arns("ecs", stack, `task-definition/accounts-${name}-*`),
      { ArnEquals: { "ecs:cluster": arns("ecs", stack, `cluster/accounts-${name}`) } }),
    allow("RolesOfTasks", ["iam:PassRole"], roleArns(stack, `accounts-${name}-*`),
      { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } }),
  ];
}
