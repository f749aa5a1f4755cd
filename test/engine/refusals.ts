import type { Asked, Properties, Resource } from "./provider";

type Live = readonly Resource[];

/** Why a resource may not go yet; `undefined` where it may. */
type Refusal = (resource: Resource, live: Live) => string | undefined;

const protectedBy = (property: string, words: string): Refusal => ({ properties }) =>
  properties[property] === true ? words : undefined;

/** As long as something that is there still names it. */
const inUse = (property: "arn" | "id" | "name", words: string): Refusal => (resource, live) => {
  const value = property === "id" ? resource.id : String(resource.properties[property]);
  const user = live.find(({ id, properties }) =>
    id !== resource.id && JSON.stringify(properties).includes(JSON.stringify(value)));
  return user && `${words} (${user.type} ${user.name})`;
};

const services = (live: Live) => live.filter(({ type }) => type === "aws:ecs/service:Service");

/** What AWS says to a deletion that comes too early, or never should. */
const deletions: Readonly<Record<string, Refusal>> = {
  "aws:lb/loadBalancer:LoadBalancer": protectedBy("enableDeletionProtection",
    "OperationNotPermitted: Load balancer cannot be deleted because deletion protection is enabled"),
  "aws:rds/instance:Instance": protectedBy("deletionProtection",
    "InvalidParameterCombination: Cannot delete protected DB Instance, please disable deletion protection and try again."),
  "aws:ecs/cluster:Cluster": (_, live) => services(live).length > 0
    ? "ClusterContainsServicesException: The Cluster cannot be deleted while Services are active." : undefined,
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": (_, live) => services(live).length > 0
    ? "ResourceInUseException: The specified capacity provider is in use and cannot be removed." : undefined,
  "aws:ec2/securityGroup:SecurityGroup": inUse("id", "DependencyViolation: resource has a dependent object"),
  "aws:ec2/subnet:Subnet": inUse("id", "DependencyViolation: The subnet has dependencies and cannot be deleted"),
  "aws:ec2/vpc:Vpc": inUse("id", "DependencyViolation: The vpc has dependencies and cannot be deleted"),
  "aws:iam/role:Role": inUse("name", "DeleteConflict: Cannot delete entity, must delete policies first"),
  "aws:lb/targetGroup:TargetGroup": inUse("arn", "ResourceInUse: Target group is currently in use by a listener or a rule"),
  "aws:rds/subnetGroup:SubnetGroup": inUse("name",
    "InvalidDBSubnetGroupStateFault: Cannot delete the subnet group because at least one database instance is still using it"),
  "aws:rds/parameterGroup:ParameterGroup": inUse("name",
    "InvalidDBParameterGroupState: One or more database instances are still members of this parameter group"),
  "aws:cloudwatch/eventRule:EventRule": inUse("name", "ValidationException: Rule can't be deleted since it has targets"),
};

/** What AWS refuses, and what it keeps of things that are gone. */
export class Refusals {
  /** Names of secrets that can still be restored. */
  readonly recoverable = new Set<string>();
  readonly snapshots = new Set<string>();
  /** Log groups that AWS made for somebody who found none to write to. */
  readonly strayLogs = new Set<string>();
  private readonly pushed = new Set<string>();

  /** Throws what AWS would answer instead of making it; the properties hold the name that it will have. */
  create({ type, properties }: Asked, live: Live): void {
    const name = nameOf(properties);
    if (live.some((other) => other.type === type && nameOf(other.properties) === name)) {
      throw new Error(`AlreadyExists: there is a ${type} called ${name}`);
    }
    if (type === "aws:cloudwatch/logGroup:LogGroup" && this.strayLogs.has(name)) {
      throw new Error(`ResourceAlreadyExistsException: The specified log group already exists: ${name}`);
    }
    if (type === "aws:secretsmanager/secret:Secret" && this.recoverable.has(name)) {
      throw new Error(`InvalidRequestException: a secret with this name is already scheduled for deletion: ${name}`);
    }
    if (type === "docker:index/image:Image") {
      this.pushed.add(String(properties["imageName"]).replace(/:[^:]*$/, ""));
    }
    this.write(type, properties, live);
  }

  /** Throws what AWS would answer instead of deleting it. */
  remove(resource: Resource, live: Live): void {
    const { type, properties } = resource;
    const refusal = deletions[type]?.(resource, live) ?? this.refusedForContent(type, properties);
    if (refusal !== undefined) {
      throw new Error(refusal);
    }
    if (type === "aws:rds/instance:Instance" && properties["skipFinalSnapshot"] !== true) {
      this.snapshots.add(String(properties["finalSnapshotIdentifier"]));
    }
    if (type === "aws:secretsmanager/secret:Secret" && properties["recoveryWindowInDays"] !== 0) {
      this.recoverable.add(nameOf(properties));
    }
    this.write(type, properties, live);
  }

  private refusedForContent(type: string, properties: Properties): string | undefined {
    const { forceDelete, forceDestroy, repositoryUrl, skipFinalSnapshot, finalSnapshotIdentifier } = properties;
    if (type === "aws:ecr/repository:Repository" && forceDelete !== true && this.pushed.has(String(repositoryUrl))) {
      return "RepositoryNotEmptyException: The repository cannot be deleted because it still contains images";
    }
    // The load balancer puts a first object into it to see whether it may.
    if (type === "aws:s3/bucket:Bucket" && forceDestroy !== true) {
      return "BucketNotEmpty: The bucket you tried to delete is not empty";
    }
    return type === "aws:rds/instance:Instance" && skipFinalSnapshot !== true && this.snapshots.has(String(finalSnapshotIdentifier))
      ? `DBSnapshotAlreadyExists: a snapshot with the identifier ${String(finalSnapshotIdentifier)} already exists` : undefined;
  }

  /** Whoever writes its logs through AWS gets a group where there is none: at its beginning, and at its end. */
  private write(type: string, properties: Properties, live: Live): void {
    const groups = live.filter((resource) => resource.type === "aws:cloudwatch/logGroup:LogGroup").map((group) => nameOf(group.properties));
    for (const group of logsOf(type, properties).filter((name) => !groups.includes(name))) {
      this.strayLogs.add(group);
    }
  }
}

function nameOf(properties: Properties): string {
  return String(properties["identifier"] ?? properties["bucket"] ?? properties["dashboardName"] ?? properties["name"]);
}

function logsOf(type: string, properties: Properties): string[] {
  if (type === "aws:rds/instance:Instance") {
    const exports = properties["enabledCloudwatchLogsExports"] as string[] | undefined;
    return (exports ?? []).map((log) => `/aws/rds/instance/${String(properties["identifier"])}/${log}`);
  }
  const settings = properties["settings"] as { name: string; value: string }[] | undefined;
  return type === "aws:ecs/cluster:Cluster" && settings?.some(({ value }) => value !== "disabled")
    ? [`/aws/ecs/containerinsights/${String(properties["name"])}/performance`] : [];
}
