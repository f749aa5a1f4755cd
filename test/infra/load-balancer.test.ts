import * as assert from "node:assert/strict";

import { all, childrenOf, labels, only, planOf, requestsOf } from "../example/plans";

const albType = "awsx:lb:ApplicationLoadBalancer";
const certificateType = "aws:acm/certificate:Certificate";
const validationType = "aws:acm/certificateValidation:CertificateValidation";
const recordType = "aws:route53/record:Record";

const domain = { "accounts:domainName": "accounts.dev.example.com" };

const headers = {
  routingHttpResponseXContentTypeOptionsHeaderValue: "nosniff",
  routingHttpResponseXFrameOptionsHeaderValue: "DENY",
  routingHttpResponseServerEnabled: false,
};

describe("LoadBalancer", () => {
  const dev = {
    subnetIds: ["subnet-public-a", "subnet-public-b"],
    securityGroups: ["firewall-load-balancer-id"],
    defaultTargetGroup: {
      vpcId: "vpc-0",
      port: 8080,
      protocol: "HTTP",
      targetType: "ip",
      deregistrationDelay: 20,
      healthCheck: {
        path: "/health/ready",
        matcher: "200",
        interval: 5,
        timeout: 2,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
      },
    },
    listeners: [{ port: 80, protocol: "HTTP", ...headers }],
    idleTimeout: 60,
    dropInvalidHeaderFields: true,
    desyncMitigationMode: "strictest",
    enableDeletionProtection: false,
    enableZonalShift: true,
  };

  it("serves plain HTTP without a domain, so that a first `pulumi up` needs nothing but an account", async () => {
    assert.deepEqual(only(await planOf("dev"), albType).inputs, dev);
  });

  it("serves HTTPS with a domain and redirects port 80, which stays the first listener", async () => {
    const plan = await planOf("prod");
    assert.deepEqual(only(plan, albType).inputs, {
      ...dev,
      subnetIds: ["subnet-public-a", "subnet-public-b", "subnet-public-c"],
      listeners: [
        {
          port: 80,
          protocol: "HTTP",
          defaultActions: [{ type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } }],
        },
        {
          port: 443,
          protocol: "HTTPS",
          certificateArn: only(plan, certificateType).state["arn"],
          sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
          ...headers,
          routingHttpResponseContentSecurityPolicyHeaderValue: "default-src 'none'; frame-ancestors 'none'",
          routingHttpResponseStrictTransportSecurityHeaderValue: "max-age=31536000; includeSubDomains",
        },
      ],
      enableDeletionProtection: true,
      accessLogs: { enabled: true, bucket: only(plan, "aws:s3/bucket:Bucket").state["bucket"] },
    });
  });

  it("lets the service's page say itself what it may load, because the listener's word would count", async () => {
    const [, listener] = only(await planOf("dev", { config: domain }), albType).inputs["listeners"];
    assert.deepEqual(listener, {
      port: 443,
      protocol: "HTTPS",
      certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-0000-0000-000000000000",
      sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
      ...headers,
      routingHttpResponseStrictTransportSecurityHeaderValue: "max-age=31536000; includeSubDomains",
    });
  });

  it("says over plain HTTP all that it says over HTTPS, but not to come with HTTPS only, which browsers would not heed", async () => {
    const [listener] = only(await planOf("dev", { settings: { service: { apiPage: false } } }), albType).inputs["listeners"];
    assert.deepEqual(listener, {
      port: 80,
      protocol: "HTTP",
      ...headers,
      routingHttpResponseContentSecurityPolicyHeaderValue: "default-src 'none'; frame-ancestors 'none'",
    });
  });

  it("is dev's with a domain like prod's, because the domain decides and not the environment", async () => {
    const dev = await planOf("dev", { config: domain, settings: { service: { apiPage: false } } });
    assert.deepEqual(only(dev, albType).inputs["listeners"], only(await planOf("prod"), albType).inputs["listeners"]);
  });

  it("asks for no certificate and writes no DNS record without a domain", async () => {
    const plan = await planOf("dev");
    assert.deepEqual([certificateType, validationType, recordType].flatMap((type) => labels(all(plan, type))), []);
  });

  it("is in dev a load balancer and what takes a deployment back, and nothing else", async () => {
    assert.deepEqual(labels(childrenOf(await planOf("dev"), "LoadBalancer")).toSorted(), [
      "aws:cloudwatch/metricAlarm:MetricAlarm load-balancer-rollback-balancer-errors",
      "aws:cloudwatch/metricAlarm:MetricAlarm load-balancer-rollback-target-errors",
      `${albType} load-balancer`,
    ]);
  });

  it("uses a certificate only after DNS has validated it", async () => {
    const plan = await planOf("prod");
    const validation = only(plan, validationType);
    assert.deepEqual(only(plan, certificateType).inputs, { domainName: "accounts.example.com", validationMethod: "DNS" });
    assert.deepEqual(validation.inputs, {
      certificateArn: only(plan, certificateType).state["arn"],
      validationRecordFqdns: ["_0.accounts.example.com"],
    });
    assert.ok(only(plan, albType).options.dependencies.includes(validation.urn), "the listener waits for the validation");
  });

  it("gives the validation a quarter of an hour, because DNS takes that long at worst", async () => {
    const validation = (await requestsOf("prod")).find(({ type }) => type === validationType);
    assert.equal(validation?.createTimeout, "15m");
  });

  it("writes the record ACM asks for, also where another stack of the domain did", async () => {
    assert.deepEqual(only(await planOf("prod"), recordType, "load-balancer-validation").inputs, {
      zoneId: "Z11111111111111111111",
      name: "_0.accounts.example.com.",
      type: "CNAME",
      records: ["_0.acm-validations.aws."],
      ttl: 60,
      allowOverwrite: true,
    });
  });

  it("lets the domain point to itself, and away from it where it is not healthy", async () => {
    const plan = await planOf("prod");
    const { dnsName, zoneId } = only(plan, albType).state["loadBalancer"];
    assert.deepEqual(only(plan, recordType, "load-balancer-alias").inputs, {
      zoneId: "Z11111111111111111111",
      name: "accounts.example.com",
      type: "A",
      aliases: [{ name: dnsName, zoneId, evaluateTargetHealth: true }],
    });
  });

  const zones: [title: string, config: Record<string, string>, zone: string][] = [
    ["the domain without its first label", domain, "dev.example.com"],
    ["accounts:hostedZone where that is set", { ...domain, "accounts:hostedZone": "example.com" }, "example.com"],
  ];
  for (const [title, config, name] of zones) {
    it(`looks for the public zone of ${title}`, async () => {
      const calls = (await requestsOf("dev", { config })).filter(({ type }) => type === "aws:route53/getZone:getZone");
      assert.deepEqual(calls.map(({ inputs }) => inputs), [{ name, privateZone: false }]);
    });
  }

  it("takes the health check and the time to leave from the settings", async () => {
    const healthCheck = { path: "/health/live", intervalSeconds: 10, timeoutSeconds: 4, healthyThreshold: 3, unhealthyThreshold: 4 } as const;
    const plan = await planOf("dev", {
      settings: {
        loadBalancer: { deregistrationDelaySeconds: 30, idleTimeoutSeconds: 61, healthCheck },
        service: { healthCheckGracePeriodSeconds: 200, timeouts: { drainSeconds: 40 } },
      },
    });
    const { idleTimeout, defaultTargetGroup } = only(plan, albType).inputs;
    assert.deepEqual({ idleTimeout, ...defaultTargetGroup }, {
      ...dev.defaultTargetGroup,
      idleTimeout: 61,
      deregistrationDelay: 30,
      healthCheck: { path: "/health/live", matcher: "200", interval: 10, timeout: 4, healthyThreshold: 3, unhealthyThreshold: 4 },
    });
  });

  it("sends requests to the service's port, wherever that is", async () => {
    const plan = await planOf("dev", { settings: { service: { port: 3000 } } });
    assert.equal(only(plan, albType).inputs["defaultTargetGroup"].port, 3000);
  });

  it("is called by the domain, with HTTPS", async () => {
    assert.equal((await planOf("prod")).outputs["url"], "https://accounts.example.com");
  });

  it("is called by its own name without a domain, with HTTP", async () => {
    const plan = await planOf("dev");
    assert.equal(plan.outputs["url"], `http://${only(plan, albType).state["loadBalancer"].dnsName}`);
  });
});
