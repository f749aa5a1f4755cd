import type { Statement } from "../plans";
import type { Facts } from "./facts";

/** Trust names no resource: it stands on the role. */
export type TrustStatement = Omit<Statement, "Resource">;

/** All that a role is: who may take it, and what it may do. */
export interface RoleDocuments {
  readonly trust: TrustStatement[];
  readonly rights: Statement[];
}

type Documents = (facts: Facts) => RoleDocuments;

/** Every role by its logical name; one that is missing here fails the tests. */
export const roleDocuments: Readonly<Record<string, Documents>> = {
  "service-execution": (facts) => ({ trust: takenBy("ecs-tasks", "ecs", "*", facts), rights: starts("service", facts) }),
  "service-task": (facts) => ({
    trust: takenBy("ecs-tasks", "ecs", "*", facts),
    rights: [
      { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: [facts.databaseLogin, facts.apiKeys] },
      through("secretsmanager", ["kms:Decrypt"], facts),
    ],
  }),
  "migration-execution": (facts) => ({ trust: takenBy("ecs-tasks", "ecs", "*", facts), rights: starts("migration", facts) }),
  "migration-task": (facts) => ({
    trust: takenBy("ecs-tasks", "ecs", "*", facts),
    rights: [
      {
        Effect: "Allow",
        Action: ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
        Resource: facts.master,
      },
      {
        Effect: "Allow",
        Action: [
          "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
          "secretsmanager:UpdateSecretVersionStage",
        ],
        Resource: [facts.databaseLogin, facts.apiKeys],
      },
      through("secretsmanager", ["kms:Decrypt", "kms:GenerateDataKey"], facts),
    ],
  }),
};

/** A service of AWS, on behalf of something of this account and region. */
function takenBy(service: string, source: string, path: string, { region, accountId }: Facts): TrustStatement[] {
  return [{
    Effect: "Allow",
    Principal: { Service: `${service}.amazonaws.com` },
    Action: "sts:AssumeRole",
    Condition: {
      StringEquals: { "aws:SourceAccount": accountId },
      ArnLike: { "aws:SourceArn": `arn:aws:${source}:${region}:${accountId}:${path}` },
    },
  }];
}

/** What ECS's agent needs to start a container: its image, its log, and the parameters it is told. */
function starts(part: "migration" | "service", facts: Facts): Statement[] {
  return [
    { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    {
      Effect: "Allow",
      Action: ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
      Resource: facts.repository,
    },
    { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: `${facts.logGroup(part)}:*` },
    { Effect: "Allow", Action: "ssm:GetParameters", Resource: facts.parameters(part) },
  ];
}

function through(service: string, actions: string[], { region, key }: Facts): Statement {
  return {
    Effect: "Allow",
    Action: actions,
    Resource: key,
    Condition: { StringEquals: { "kms:ViaService": `${service}.${region}.amazonaws.com` } },
  };
}
