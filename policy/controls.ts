import type { Control } from "./control";
import { ecr } from "./controls/ecr";
import { ecs } from "./controls/ecs";
import { iam } from "./controls/iam";
import { kms } from "./controls/kms";
import { loadBalancer } from "./controls/load-balancer";
import { logs } from "./controls/logs";
import { network } from "./controls/network";
import { rds } from "./controls/rds";
import { s3 } from "./controls/s3";
import { secrets } from "./controls/secrets";
import { securityGroups } from "./controls/security-groups";
import { stack } from "./controls/stack";
import { webFirewall } from "./controls/web-firewall";

/** Everything that is enforced, by what it is about. */
export const areas = {
  "Network": network,
  "Security groups": securityGroups,
  "Load balancer": loadBalancer,
  "Web firewall": webFirewall,
  "ECS": ecs,
  "ECR": ecr,
  "RDS": rds,
  "Secrets and parameters": secrets,
  "KMS": kms,
  "IAM": iam,
  "Logs, alarms and topics": logs,
  "S3": s3,
  "Stack": stack,
};

type KeysOf<T> = T extends T ? keyof T : never;

export type ControlId = KeysOf<(typeof areas)[keyof typeof areas]>;

export const controls = Object.assign({}, ...Object.values(areas)) as Readonly<Record<ControlId, Control>>;

export const controlIds = Object.keys(controls) as ControlId[];
