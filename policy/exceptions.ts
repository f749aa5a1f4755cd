import type { ControlId } from "./controls";

/** A control that some resources do not meet, on purpose. */
export interface Exception {
  readonly control: ControlId;
  /** `<type> <logical name>` of each; one of which every environment has its own ends with `*`. */
  readonly resources: readonly string[];
  readonly reason: string;
  readonly endsWhen: string;
}

/** A published control that is not enforced at all. */
export interface NotEnforced {
  readonly control: string;
  readonly reason: string;
  readonly endsWhen: string;
}

/** The policy pack lets these pass, the documentation lists them, and one that nothing needs fails the tests. */
export const exceptions: readonly Exception[] = [
  {
    control: "ELB.18",
    resources: ["aws:lb/listener:Listener load-balancer-0"],
    reason: "Port 80 answers every request with a redirect to HTTPS, which ELB.1 asks for.",
    endsWhen: "clients come with HTTPS by themselves; then port 80 is closed",
  },
  {
    control: "EC2.10",
    resources: ["aws:ec2/vpc:Vpc network"],
    reason: "Nothing in the VPC calls the API of EC2, so its endpoint would be paid for and unused.",
    endsWhen: "something in the VPC calls that API",
  },
  {
    control: "SecretsManager.1",
    resources: [
      "aws:secretsmanager/secret:Secret parameters-database",
      "aws:secretsmanager/secret:Secret parameters-api-keys",
    ],
    reason: "The login of the database is rotated by a task of ours on a schedule, which Secrets Manager knows nothing of; the keys of the API are rotated by people, because clients hold them.",
    endsWhen: "Secrets Manager can start a task, or clients fetch their keys by themselves",
  },
  {
    control: "S3.9",
    resources: ["aws:s3/bucket:Bucket load-balancer-logs"],
    reason: "A bucket of access logs that logged access to itself would fill itself.",
    endsWhen: "there is a second bucket for logs of access to the first",
  },
  {
    control: "S3.9",
    resources: ["aws:s3/bucket:Bucket state"],
    reason: "Who reads and writes state is in CloudTrail where its data events are on, which tell more than a log of access, and every state is kept in versions.",
    endsWhen: "an account without CloudTrail is prepared",
  },
  {
    control: "S3.13",
    resources: ["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration state-lifecycle"],
    reason: "A state that went by itself would leave its stack without anybody who knows it; only what was written over goes.",
    endsWhen: "state is kept elsewhere",
  },
  {
    control: "log-bucket-key",
    resources: ["aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration state-encryption"],
    reason: "No load balancer writes into the bucket of state, and with a key of its own every reader needs two rights.",
    endsWhen: "the control tells buckets of logs from others",
  },
  ...(["IAM.21", "KMS.1", "grants-name-resources"] as const).map((control): Exception => ({
    control,
    resources: ["aws:iam/policy:Policy guard-*"],
    reason: "It is the boundary of the role that deploys: it grants nothing, and what it takes away stands in its other statements.",
    endsWhen: "the role that deploys has no boundary",
  })),
];

export const notEnforced: readonly NotEnforced[] = [
  {
    control: "ELB.21, ELB.22",
    reason: "TLS ends at the load balancer: tasks speak HTTP in private subnets, to the load balancer's security group only.",
    endsWhen: "a standard that binds us asks for TLS up to the task",
  },
  {
    control: "RDS.23",
    reason: "Another port than 5432 hides nothing from who is inside the VPC, and nobody else reaches any.",
    endsWhen: "the database is reachable from outside of the VPC",
  },
  {
    control: "RDS.19, RDS.22",
    reason: "They look at clusters and at security groups of EC2-Classic, of which there are none.",
    endsWhen: "the database is a cluster",
  },
  {
    control: "ECR.5",
    reason: "Images hold no data of users; with a key of our own, every pull would need it, and a change of the key replaces the repository.",
    endsWhen: "an image holds what its source does not",
  },
  {
    control: "ECS.16",
    reason: "It looks at task sets, of which there are none.",
    endsWhen: "deployments use task sets",
  },
  {
    control: "S3.1, EC2.7, EC2.172, IAM.3 to IAM.8, GuardDuty.*, Inspector.2",
    reason: "They look at the account, not at a stack in it.",
    endsWhen: "the account is set up by this program",
  },
];
