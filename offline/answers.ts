import { isComponentOfAwsx, outputsOf } from "./awsx";
import { plain } from "./secrets";

/** Where a stack is: what AWS's answers are made of. */
export interface Place {
  readonly stack: string;
  readonly region: string;
  readonly accountId: string;
  /** Where the database really is, for a run on this computer. */
  readonly database?: { readonly address: string; readonly port: number };
}

export interface Question {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, any>>;
}

type State = Record<string, unknown>;
type Answer = (question: Question, place: Place) => State;

/** Stands where AWS or Docker would put a digest, which changes with each build. */
const imageDigest = `sha256:${"0".repeat(64)}`;

const arn = (service: string, path: string, { region, accountId }: Place): string =>
  `arn:aws:${service}:${region}:${accountId}:${path}`;

/** The name AWS will know a resource by: the one it was given, or what autonaming makes of its logical name. */
const nameOf = ({ name, inputs }: Question, { stack }: Place): string =>
  (inputs["name"] as string | undefined) ?? `accounts-${stack}-${name}-000000`;

const nothing: Answer = () => ({});

/**
 * What AWS answers beyond what it was told, one entry a resource type. The program may read nothing else: an output
 * that is neither an input nor here is an error, and so is a type that is missing.
 */
const resources: Record<string, Answer> = {
  "pulumi:providers:aws": nothing,
  "pulumi:providers:docker": nothing,
  "aws:kms/key:Key": (_, place) => ({ arn: arn("kms", "key/00000000-0000-0000-0000-000000000000", place) }),
  "aws:kms/alias:Alias": nothing,
  "aws:ec2/vpc:Vpc": nothing,
  "aws:ec2/internetGateway:InternetGateway": nothing,
  "aws:ec2/subnet:Subnet": nothing,
  "aws:ec2/routeTable:RouteTable": nothing,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": nothing,
  "aws:ec2/route:Route": nothing,
  "aws:ec2/eip:Eip": ({ name }) => ({ allocationId: `eipalloc-${name}` }),
  "aws:ec2/natGateway:NatGateway": nothing,
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": nothing,
  "aws:ec2/vpcEndpoint:VpcEndpoint": () => ({ prefixListId: "pl-0" }),
  "aws:ec2/securityGroup:SecurityGroup": nothing,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": nothing,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": nothing,
  "aws:ec2/flowLog:FlowLog": nothing,
  "aws:rds/eventSubscription:EventSubscription": nothing,
  "aws:rds/subnetGroup:SubnetGroup": (question, place) => ({ name: nameOf(question, place) }),
  "aws:rds/parameterGroup:ParameterGroup": (question, place) => ({ name: nameOf(question, place) }),
  "aws:rds/instance:Instance": ({ inputs }, place) => ({
    arn: arn("rds", `db:${inputs["identifier"]}`, place),
    address: place.database?.address ?? `${inputs["identifier"]}.000000000000.${place.region}.rds.amazonaws.com`,
    port: place.database?.port ?? inputs["port"],
    resourceId: `db-${inputs["identifier"]}`,
    // A restore brings these along, and may not be told them.
    dbName: inputs["dbName"] ?? "accounts",
    username: inputs["username"] ?? "accounts_master",
    masterUserSecrets: [{ secretArn: arn("secretsmanager", `secret:rds!db-${inputs["identifier"]}-000000`, place) }],
  }),
  "aws:cloudwatch/logGroup:LogGroup": ({ inputs }, place) => ({ arn: arn("logs", `log-group:${inputs["name"]}`, place) }),
  "aws:ssm/parameter:Parameter": ({ inputs }, place) => ({ arn: arn("ssm", `parameter${inputs["name"]}`, place) }),
  "aws:secretsmanager/secret:Secret": ({ inputs }, place) => ({
    arn: arn("secretsmanager", `secret:${inputs["name"]}-000000`, place),
  }),
  "aws:s3/bucket:Bucket": (question, place) => ({
    bucket: question.inputs["bucket"] ?? nameOf(question, place),
    arn: `arn:aws:s3:::${question.inputs["bucket"] ?? nameOf(question, place)}`,
  }),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": nothing,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": nothing,
  "aws:s3/bucketPolicy:BucketPolicy": nothing,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": nothing,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": nothing,
  "aws:s3/bucketVersioning:BucketVersioning": nothing,
  "aws:ecr/repository:Repository": (question, place) => ({
    name: nameOf(question, place),
    arn: arn("ecr", `repository/${nameOf(question, place)}`, place),
    registryId: place.accountId,
    repositoryUrl: `${place.accountId}.dkr.ecr.${place.region}.amazonaws.com/${nameOf(question, place)}`,
  }),
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": nothing,
  "aws:ecr/repositoryPolicy:RepositoryPolicy": nothing,
  "docker:index/image:Image": ({ inputs }) => ({
    repoDigest: `${String(inputs["imageName"]).replace(/:[^:]*$/, "")}@${imageDigest}`,
  }),
  "aws:acm/certificate:Certificate": ({ inputs }, place) => ({
    arn: arn("acm", "certificate/00000000-0000-0000-0000-000000000000", place),
    domainValidationOptions: [{
      domainName: inputs["domainName"],
      resourceRecordName: `_0.${inputs["domainName"]}.`,
      resourceRecordType: "CNAME",
      resourceRecordValue: "_0.acm-validations.aws.",
    }],
  }),
  "aws:acm/certificateValidation:CertificateValidation": nothing,
  "aws:route53/record:Record": ({ inputs }) => ({ fqdn: String(inputs["name"]).replace(/\.$/, "") }),
  "aws:lb/loadBalancer:LoadBalancer": ({ name }, place) => ({
    arn: arn("elasticloadbalancing", `loadbalancer/app/${name}-000000/0`, place),
    arnSuffix: `app/${name}-000000/0`,
    dnsName: `${name}-000000.${place.region}.elb.amazonaws.com`,
    zoneId: "Z00000000000000000000",
  }),
  "aws:lb/targetGroup:TargetGroup": ({ name }, place) => ({
    arn: arn("elasticloadbalancing", `targetgroup/${name}-000000/0`, place),
    arnSuffix: `targetgroup/${name}-000000/0`,
  }),
  "aws:lb/listener:Listener": ({ name }, place) => ({
    arn: arn("elasticloadbalancing", `listener/app/${name}-000000/0/0`, place),
  }),
  "aws:ecs/cluster:Cluster": (question, place) => ({
    name: nameOf(question, place),
    arn: arn("ecs", `cluster/${nameOf(question, place)}`, place),
  }),
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": nothing,
  "aws:wafv2/webAcl:WebAcl": (question, place) => ({
    name: nameOf(question, place),
    arn: arn("wafv2", `regional/webacl/${nameOf(question, place)}/00000000-0000-0000-0000-000000000000`, place),
  }),
  "aws:wafv2/webAclAssociation:WebAclAssociation": nothing,
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": nothing,
  "aws:scheduler/scheduleGroup:ScheduleGroup": (question, place) => ({
    name: nameOf(question, place),
    arn: arn("scheduler", `schedule-group/${nameOf(question, place)}`, place),
  }),
  "aws:scheduler/schedule:Schedule": (question, place) => ({ name: nameOf(question, place) }),
  "aws:iam/role:Role": (question, place) => ({
    name: nameOf(question, place),
    arn: `arn:aws:iam::${place.accountId}:role/${nameOf(question, place)}`,
  }),
  "aws:iam/rolePolicy:RolePolicy": nothing,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": nothing,
  "aws:iam/policy:Policy": ({ inputs }, place) => ({ arn: `arn:aws:iam::${place.accountId}:policy/${inputs["name"]}` }),
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ({ inputs }, place) => ({
    arn: `arn:aws:iam::${place.accountId}:oidc-provider/${String(inputs["url"]).replace("https://", "")}`,
  }),
  "aws:ecs/taskDefinition:TaskDefinition": ({ inputs }, place) => ({
    arn: arn("ecs", `task-definition/${inputs["family"]}:1`, place),
  }),
  "awsx:ecs:FargateTaskDefinition": nothing,
  "aws:ecs/service:Service": (question, place) => ({ name: nameOf(question, place) }),
  "aws:appautoscaling/target:Target": nothing,
  "aws:appautoscaling/policy:Policy": nothing,
  "aws:sns/topic:Topic": (question, place) => ({
    name: nameOf(question, place),
    arn: arn("sns", nameOf(question, place), place),
  }),
  "aws:sns/topicPolicy:TopicPolicy": nothing,
  "aws:sns/topicSubscription:TopicSubscription": nothing,
  "aws:cloudwatch/metricAlarm:MetricAlarm": (question, place) => ({
    name: nameOf(question, place),
    arn: arn("cloudwatch", `alarm:${nameOf(question, place)}`, place),
  }),
  "aws:cloudwatch/eventRule:EventRule": (question, place) => ({
    name: nameOf(question, place),
    arn: arn("events", `rule/${nameOf(question, place)}`, place),
  }),
  "aws:cloudwatch/eventTarget:EventTarget": nothing,
  "aws:cloudwatch/dashboard:Dashboard": nothing,
  "aws:budgets/budget:Budget": (question, place) => ({ name: nameOf(question, place) }),
};

/** What AWS answers to a function call of the program, one entry a function. */
const functions: Record<string, (inputs: Readonly<Record<string, any>>) => State> = {
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": () => ({ userName: "AWS", password: "a token of twelve hours" }),
  // What runs is what was asked for; the family is the service's name without its random digits.
  "aws:ecs/getService:getService": ({ clusterArn, serviceName, ...inputs }) => {
    const family = String(serviceName).replace(/-0{6}$/, "");
    const taskDefinition = `${String(clusterArn).replace(/:cluster\/.*/, "")}:task-definition/${family}:1`;
    return {
      ...inputs, clusterArn, serviceName, taskDefinition, status: "ACTIVE",
      deployments: [{ status: "PRIMARY", taskDefinition }],
    };
  },
  "aws:route53/getZone:getZone": (inputs) => ({ ...inputs, zoneId: "Z11111111111111111111" }),
};

/** Ids as AWS gives them where a test would otherwise take one thing for another of the same name. */
const ids: Readonly<Record<string, (question: Question) => string>> = {
  "aws:ec2/vpc:Vpc": () => "vpc-0",
  "aws:ec2/subnet:Subnet": ({ name, inputs }) => `subnet-${name.split("-").at(-2)}-${inputs["availabilityZone"].at(-1)}`,
  "aws:ec2/routeTable:RouteTable": ({ name }) => `rtb-${name}`,
};

export function idOf(question: Question): string {
  return ids[question.type]?.(question) ?? `${question.name}-id`;
}

/** The outputs of a resource: its inputs, and what AWS adds. A component of awsx has those of its children. */
export function answer(question: Question, place: Place): State {
  if (/^(accounts:(infra|bootstrap):|pulumi:pulumi:Stack$)/.test(question.type)) {
    return {};
  }
  const entry = resources[question.type];
  if (entry === undefined && isComponentOfAwsx(question.type)) {
    const component = { name: question.name, inputs: plain(question.inputs) };
    return outputsOf(question.type, component, (child) => ({ id: idOf(child), state: answer(child, place) }));
  }
  if (entry === undefined) {
    throw new Error(`offline/answers.ts has no answer for ${question.type}, which ${question.name} is: add what AWS would say`);
  }
  return { ...question.inputs, ...entry(question, place) };
}

export function answerCall(token: string, inputs: Readonly<Record<string, unknown>>): State {
  const entry = functions[token];
  if (entry === undefined) {
    throw new Error(`offline/answers.ts has no answer for the function ${token}: add what AWS would say`);
  }
  return entry(inputs);
}
