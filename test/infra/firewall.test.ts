import * as assert from "node:assert/strict";

import type { PlannedResource } from "../../offline/record";
import type { Plan } from "../../offline/render";
import { all, planOf } from "../example/plans";

const ingressType = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const egressType = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

/** `load-balancer`, for the id of that group or of none. */
const roleOf = (id: string | undefined) => id?.replace(/^firewall-(.*)-id$/, "$1");

/** A rule as a line of a picture: `internet -> load-balancer tcp 80-80`. */
function arrow({ type, inputs }: PlannedResource): string {
  const other = roleOf(inputs["referencedSecurityGroupId"]) ?? inputs["cidrIpv4"] ?? inputs["prefixListId"];
  const own = roleOf(inputs["securityGroupId"]);
  const path = type === ingressType ? `${other} -> ${own}` : `${own} -> ${other}`;
  return `${path} ${inputs["ipProtocol"]} ${inputs["fromPort"]}-${inputs["toPort"]}`;
}

const arrows = (plan: Plan, type: string) => all(plan, type).map(arrow).toSorted();

describe("Firewall", () => {
  it("makes one group for each of the four that talk, in the network's VPC", async () => {
    const groups = all(await planOf("dev"), "aws:ec2/securityGroup:SecurityGroup").map(({ inputs }) => inputs);
    assert.deepEqual(groups, [
      { vpcId: "vpc-0", description: "Takes queries from the service and the migration", tags: { Name: "accounts-dev-database" } },
      { vpcId: "vpc-0", description: "Takes requests from the internet", tags: { Name: "accounts-dev-load-balancer" } },
      { vpcId: "vpc-0", description: "Takes nothing; changes the schema of the database", tags: { Name: "accounts-dev-migration" } },
      { vpcId: "vpc-0", description: "Takes requests from the load balancer", tags: { Name: "accounts-dev-service" } },
    ]);
  });

  it("makes one more for AWS's APIs, where they have endpoints in the VPC", async () => {
    const groups = (plan: Plan) => all(plan, "aws:ec2/securityGroup:SecurityGroup");
    const inProd = groups(await planOf("prod"));
    const others = groups(await planOf("dev")).map(({ name }) => name);
    assert.deepEqual(inProd.filter(({ name }) => !others.includes(name)).map(({ inputs }) => inputs), [{
      vpcId: "vpc-0",
      description: "Takes calls to AWS APIs from the service and the migration",
      tags: { Name: "accounts-prod-endpoints" },
    }]);
    assert.equal(inProd.length, others.length + 1);
  });

  it("lets in what the path of a request needs, and nothing else", async () => {
    assert.deepEqual(arrows(await planOf("dev"), ingressType), [
      "0.0.0.0/0 -> load-balancer tcp 80-80",
      "load-balancer -> service tcp 8080-8080",
      "migration -> database tcp 5432-5432",
      "service -> database tcp 5432-5432",
    ]);
  });

  it("lets HTTPS in where there is a domain, and calls to AWS's APIs where those have endpoints", async () => {
    assert.deepEqual(arrows(await planOf("prod"), ingressType), [
      "0.0.0.0/0 -> load-balancer tcp 443-443",
      "0.0.0.0/0 -> load-balancer tcp 80-80",
      "load-balancer -> service tcp 8080-8080",
      "migration -> database tcp 5432-5432",
      "migration -> endpoints tcp 443-443",
      "service -> database tcp 5432-5432",
      "service -> endpoints tcp 443-443",
    ]);
  });

  it("lets HTTPS in when dev is given a domain, because the domain decides and not the environment", async () => {
    const plan = await planOf("dev", { config: { "accounts:domainName": "accounts.dev.example.com" } });
    const inProd = arrows(await planOf("prod"), ingressType).filter((arrow) => !arrow.includes("-> endpoints"));
    assert.deepEqual(arrows(plan, ingressType), inProd);
  });

  const out = [
    "load-balancer -> service tcp 8080-8080",
    "migration -> 0.0.0.0/0 tcp 443-443",
    "migration -> database tcp 5432-5432",
    "migration -> pl-0 tcp 443-443",
    "service -> 0.0.0.0/0 tcp 443-443",
    "service -> database tcp 5432-5432",
    "service -> pl-0 tcp 443-443",
  ];
  const toEndpoints = ["migration -> endpoints tcp 443-443", "service -> endpoints tcp 443-443"];

  it("lets out of dev what answers need to be made, and of the database nothing at all", async () => {
    assert.deepEqual(arrows(await planOf("dev"), egressType), out);
  });

  it("lets the same out of prod, and calls to endpoints", async () => {
    assert.deepEqual(arrows(await planOf("prod"), egressType), [...out, ...toEndpoints].toSorted());
  });

  it("lets nothing out to the internet where there is no NAT gateway", async () => {
    const interfaceEndpoints = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm"] as const;
    const plan = await planOf("prod", { settings: { network: { natGateways: "None", interfaceEndpoints } } });
    const inside = out.filter((arrow) => !arrow.includes("0.0.0.0/0"));
    assert.deepEqual(arrows(plan, egressType), [...inside, ...toEndpoints].toSorted());
  });

  it("opens the service's port where the settings put it", async () => {
    const plan = await planOf("dev", { settings: { service: { port: 3000 } } });
    assert.ok(arrows(plan, ingressType).includes("load-balancer -> service tcp 3000-3000"));
    assert.ok(arrows(plan, egressType).includes("load-balancer -> service tcp 3000-3000"));
  });

  it("gives every rule a reason", async () => {
    const plan = await planOf("prod");
    const rules = [ingressType, egressType].flatMap((type) => all(plan, type));
    const reasons = Object.fromEntries(rules.map(({ name, inputs }) => [name, inputs["description"]]));
    assert.deepEqual(reasons, {
      "firewall-https-in": "HTTPS from clients",
      "firewall-http-in": "HTTP, to be redirected",
      "firewall-requests-out": "Requests and health checks",
      "firewall-requests-in": "Requests and health checks",
      "firewall-queries-out": "Queries of the service",
      "firewall-queries-in": "Queries of the service",
      "firewall-schema-out": "Changes of the schema",
      "firewall-schema-in": "Changes of the schema",
      "firewall-service-aws-out": "AWS APIs: secrets, parameters, logs, image manifests",
      "firewall-service-endpoints-out": "AWS APIs: secrets, parameters, logs, image manifests",
      "firewall-service-endpoints-in": "AWS APIs: secrets, parameters, logs, image manifests",
      "firewall-service-s3-out": "Image layers from S3 through its gateway endpoint",
      "firewall-migration-aws-out": "AWS APIs: secrets, parameters, logs, image manifests",
      "firewall-migration-endpoints-out": "AWS APIs: secrets, parameters, logs, image manifests",
      "firewall-migration-endpoints-in": "AWS APIs: secrets, parameters, logs, image manifests",
      "firewall-migration-s3-out": "Image layers from S3 through its gateway endpoint",
    });
  });

  it("describes port 80 without a domain as what it is then", async () => {
    const rule = all(await planOf("dev"), ingressType).find(({ name }) => name === "firewall-http-in");
    assert.equal(rule?.inputs["description"], "HTTP from clients");
  });
});
