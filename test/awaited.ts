import type { ControlId } from "../policy/controls";

/** What the program does not have yet. Each entry leaves this list with the change that brings what it is about. */
export const awaited = {
  controls: [
    "EC2.6", "EC2.15", "EC2.55", "EC2.56", "EC2.57", "endpoint-logs", "endpoint-secretsmanager", "endpoint-policy",
    "ELB.5", "ELB.16", "zonal-shift", "answers-say-little", "answers-insist-on-https", "S3.9",
    "rollback",
    "RDS.6", "RDS.9", "RDS.10", "RDS.20", "RDS.21", "windows", "no-values-in-the-log",
    "protected",
  ] as ControlId[],
  roles: ["network-flow-log", "database-monitoring", "rotation"],
  policiesOf: ["aws:kms/key:Key encryption", "aws:ec2/vpcEndpoint:VpcEndpoint network-s3"],
  usersOfTheKey: ["events.rds.amazonaws.com", "events.amazonaws.com"],
};
