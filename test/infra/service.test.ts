import * as assert from "node:assert/strict";

import { capacityStrategies, serviceOptions } from "../../infra/service";
import type { Plan } from "../../offline/render";
import { all, childrenOf, containerOf, labels, only, planOf } from "../example/plans";

const serviceType = "awsx:ecs:FargateService";
const policyType = "aws:iam/rolePolicy:RolePolicy";

const rollbackAlarms = (plan: Plan) => childrenOf(plan, "LoadBalancer")
  .filter(({ type, name }) => type === "aws:cloudwatch/metricAlarm:MetricAlarm" && name.includes("rollback"))
  .map(({ state }) => state["name"]).toReversed();

describe("Service", () => {
  it("runs two tasks over two zones in dev, and replaces them without a gap", async () => {
    const plan = await planOf("dev");
    assert.deepEqual(only(plan, serviceType).inputs, {
      cluster: only(plan, "aws:ecs/cluster:Cluster").state["arn"],
      taskDefinitionArgs: {
        family: "accounts-dev-service",
        cpu: "256",
        memory: "512",
        runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
        executionRole: { roleArn: only(plan, "aws:iam/role:Role", "service-execution").state["arn"] },
        taskRole: { roleArn: only(plan, "aws:iam/role:Role", "service-task").state["arn"] },
        logGroup: { existing: { name: "/accounts/dev/service", region: "eu-west-1" } },
        container: containerOf(plan, "service"),
      },
      desiredCount: 2,
      capacityProviderStrategies: [
        { capacityProvider: "FARGATE", base: 1, weight: 1 },
        { capacityProvider: "FARGATE_SPOT", weight: 100 },
      ],
      forceNewDeployment: true,
      networkConfiguration: {
        subnets: ["subnet-private-a", "subnet-private-b"],
        securityGroups: ["firewall-service-id"],
        assignPublicIp: false,
      },
      loadBalancers: [{
        targetGroupArn: only(plan, "awsx:lb:ApplicationLoadBalancer").state["defaultTargetGroup"].arn,
        containerName: "service",
        containerPort: 8080,
      }],
      availabilityZoneRebalancing: "ENABLED",
      deploymentCircuitBreaker: { enable: true, rollback: true },
      alarms: { enable: true, rollback: true, alarmNames: rollbackAlarms(plan) },
      deploymentMinimumHealthyPercent: 100,
      deploymentMaximumPercent: 200,
      healthCheckGracePeriodSeconds: 90,
      enableExecuteCommand: false,
      enableEcsManagedTags: true,
      propagateTags: "SERVICE",
    });
  });

  it("differs in prod by size, number of tasks, zones, and that no task is on Spot, and by nothing else", async () => {
    const dev = only(await planOf("dev"), serviceType).inputs;
    const prod = only(await planOf("prod"), serviceType).inputs;
    const renamed = JSON.parse(JSON.stringify(dev).replaceAll("accounts-dev-", "accounts-prod-").replaceAll("/dev/", "/prod/")
      .replaceAll("cluster/accounts-dev", "cluster/accounts-prod"));
    assert.deepEqual({ ...prod, taskDefinitionArgs: { ...prod["taskDefinitionArgs"], container: undefined } }, {
      ...renamed,
      taskDefinitionArgs: { ...renamed.taskDefinitionArgs, container: undefined, cpu: "1024", memory: "2048" },
      desiredCount: 3,
      capacityProviderStrategies: [{ capacityProvider: "FARGATE", base: 0, weight: 100 }],
      networkConfiguration: {
        ...renamed.networkConfiguration,
        subnets: ["subnet-private-a", "subnet-private-b", "subnet-private-c"],
      },
    });
  });

  it("has a deployment taken back by every alarm that the load balancer made for it", async () => {
    const plan = await planOf("prod");
    const { alarmNames } = only(plan, serviceType).inputs["alarms"];
    assert.notEqual(alarmNames.length, 0);
    assert.deepEqual(alarmNames, rollbackAlarms(plan));
  });

  it("takes size, number, port and patience from the settings", async () => {
    const size = { cpuUnits: 512, memoryMiB: 1024, minTasks: 3 };
    const service = { ...size, port: 3000, healthCheckGracePeriodSeconds: 91, timeouts: { stopSeconds: 61 } };
    const { inputs } = only(await planOf("dev", { settings: { service } }), serviceType);
    const { cpu, memory, container: { portMappings, stopTimeout } } = inputs["taskDefinitionArgs"];
    assert.deepEqual({
      cpu,
      memory,
      tasks: inputs["desiredCount"],
      ports: [portMappings[0].containerPort, portMappings[0].hostPort, inputs["loadBalancers"][0].containerPort],
      patience: inputs["healthCheckGracePeriodSeconds"],
      stopTimeout,
    }, { cpu: "512", memory: "1024", tasks: 3, ports: [3000, 3000, 3000], patience: 91, stopTimeout: 61 });
  });

  it("may read its own login and the clients' keys, and decrypt them through Secrets Manager only", async () => {
    const plan = await planOf("prod");
    const { role, policy } = only(plan, policyType, "service-task").inputs;
    assert.equal(role, only(plan, "aws:iam/role:Role", "service-task").state["name"]);
    assert.deepEqual(JSON.parse(policy), {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "secretsmanager:GetSecretValue",
          Resource: ["parameters-database", "parameters-api-keys"]
            .map((name) => only(plan, "aws:secretsmanager/secret:Secret", name).state["arn"]),
        },
        {
          Effect: "Allow",
          Action: ["kms:Decrypt"],
          Resource: only(plan, "aws:kms/key:Key").state["arn"],
          Condition: { StringEquals: { "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com" } },
        },
      ],
    });
  });

  describe("waits for", () => {
    const missing = async (component: string, types: RegExp) => {
      const plan = await planOf("prod");
      const { dependencies } = only(plan, serviceType).options;
      const needed = childrenOf(plan, component).filter(({ type }) => types.test(type));
      assert.notEqual(needed.length, 0);
      return labels(needed.filter(({ urn }) => !dependencies.includes(urn)));
    };

    it("the migration, because the new tasks need the new schema", async () => {
      assert.deepEqual(await missing("Migration", /^aws:ssm/), []);
    });

    it("every rule of the firewall, because a task that cannot reach the database or AWS does not start", async () => {
      assert.deepEqual(await missing("Firewall", /./), []);
    });

    it("AWS's APIs in the VPC, because without a NAT gateway tasks reach nothing else", async () => {
      assert.deepEqual(await missing("Endpoints", /./), []);
    });

    it("the rights of its roles, because ECS starts tasks at once", async () => {
      assert.deepEqual(await missing("Service", /^aws:iam/), []);
    });

    it("its log group, because the task would not start without it", async () => {
      assert.deepEqual(await missing("Service", /logGroup/), []);
    });

    it("every setting and secret", async () => {
      assert.deepEqual(await missing("Parameters", /./), []);
    });

    it("the cluster with its providers of capacity, which ECS does not take away while a task uses them", async () => {
      assert.deepEqual(await missing("Cluster", /./), []);
    });

    it("the alarms that watch its deployments, because ECS refuses names of alarms that are not there", async () => {
      assert.deepEqual(await missing("LoadBalancer", /metricAlarm/), []);
    });

    it("the load balancer with its listeners, because ECS refuses a target group without one", async () => {
      assert.deepEqual(await missing("LoadBalancer", /^awsx:lb/), []);
    });
  });

  describe("scales", () => {
    for (const [stack, minCapacity, maxCapacity] of [["dev", 2, 4], ["prod", 3, 12]] as const) {
      it(`between ${minCapacity} and ${maxCapacity} tasks in ${stack}`, async () => {
        const plan = await planOf(stack);
        const cluster = only(plan, "aws:ecs/cluster:Cluster").state["name"];
        const { name } = only(plan, serviceType).state["service"];
        assert.deepEqual(only(plan, "aws:appautoscaling/target:Target").inputs, {
          serviceNamespace: "ecs",
          scalableDimension: "ecs:service:DesiredCount",
          resourceId: `service/${cluster}/${name}`,
          minCapacity,
          maxCapacity,
        });
      });
    }

    for (const [measure, setting, metric] of [
      ["cpu", { cpuTargetPercent: 55 }, () => ({ predefinedMetricType: "ECSServiceAverageCPUUtilization" })],
      ["requests", { requestsPerTaskMinute: 55 }, (plan: Plan) => {
        const { loadBalancer, defaultTargetGroup } = only(plan, "awsx:lb:ApplicationLoadBalancer").state;
        return {
          predefinedMetricType: "ALBRequestCountPerTarget",
          resourceLabel: `${loadBalancer.arnSuffix}/${defaultTargetGroup.arnSuffix}`,
        };
      }],
    ] as const) {
      it(`by ${measure}, around the target of the settings, and with their patience`, async () => {
        const service = { ...setting, scaleInSeconds: 77, scaleOutSeconds: 11 };
        const plan = await planOf("dev", { settings: { service } });
        assert.deepEqual(only(plan, "aws:appautoscaling/policy:Policy", `service-scaling-${measure}`).inputs, {
          policyType: "TargetTrackingScaling",
          serviceNamespace: "ecs",
          scalableDimension: "ecs:service:DesiredCount",
          resourceId: only(plan, "aws:appautoscaling/target:Target").inputs["resourceId"],
          targetTrackingScalingPolicyConfiguration: {
            predefinedMetricSpecification: metric(plan),
            targetValue: 55,
            scaleInCooldown: 77,
            scaleOutCooldown: 11,
          },
        });
      });
    }

    for (const [stack, targets] of [["dev", [60, 3_000, 120, 30]], ["prod", [60, 6_000, 300, 60]]] as const) {
      it(`by these two and no other in ${stack}, slower down than up`, async () => {
        const policies = all(await planOf(stack), "aws:appautoscaling/policy:Policy")
          .map(({ inputs }) => inputs["targetTrackingScalingPolicyConfiguration"]);
        const [cpu, requests, down, up] = targets;
        assert.deepEqual(policies.map(({ targetValue, scaleInCooldown, scaleOutCooldown }) =>
          [targetValue, scaleInCooldown, scaleOutCooldown]), [[cpu, down, up], [requests, down, up]]);
      });
    }
  });

  for (const stack of ["dev", "prod"]) {
    it(`is made by awsx in ${stack} with a count that is the autoscaler's, time for a rollout, and no launch type`, async () => {
      const { options, inputs } = only(await planOf(stack), "aws:ecs/service:Service");
      assert.deepEqual(options.ignoreChanges, ["desiredCount"]);
      assert.deepEqual(options.customTimeouts, { create: "30m", update: "30m" });
      // ECS refuses a launch type beside providers of capacity.
      assert.equal(inputs["launchType"], undefined);
      assert.equal(inputs["waitForSteadyState"], true);
    });
  }
});

describe("serviceOptions", () => {
  const transform = (type: string, opts: object) =>
    serviceOptions({ custom: true, type, name: "service", props: { desiredCount: 2 }, opts });

  it("makes the service ignore its count, because autoscaling owns it after the first `pulumi up`", async () => {
    const result = await transform("aws:ecs/service:Service", {});
    assert.deepEqual(result?.opts.ignoreChanges, ["desiredCount"]);
  });

  it("gives a deployment half an hour, because a rollout under the eyes of alarms outlasts the provider's 20 minutes", async () => {
    const result = await transform("aws:ecs/service:Service", {});
    assert.deepEqual(result?.opts.customTimeouts, { create: "30m", update: "30m" });
  });

  it("keeps the service's properties, also the count, which the first `pulumi up` needs", async () => {
    const result = await transform("aws:ecs/service:Service", {});
    assert.deepEqual(result?.props, { desiredCount: 2 });
  });

  it("keeps the options the service has", async () => {
    const result = await transform("aws:ecs/service:Service", { protect: true, ignoreChanges: ["tags"] });
    assert.equal(result?.opts.protect, true);
    assert.deepEqual(result?.opts.ignoreChanges, ["tags", "desiredCount"]);
  });

  for (const type of ["awsx:ecs:FargateService", "awsx:ecs:FargateTaskDefinition", "aws:ecs/taskDefinition:TaskDefinition"]) {
    it(`leaves ${type} alone`, async () => {
      assert.equal(await transform(type, {}), undefined);
    });
  }
});

describe("capacityStrategies", () => {
  for (const [onDemandTasks, spotPercent, expected] of [
    [0, 0, [{ capacityProvider: "FARGATE", base: 0, weight: 100 }]],
    [2, 70, [{ capacityProvider: "FARGATE", base: 2, weight: 30 }, { capacityProvider: "FARGATE_SPOT", weight: 70 }]],
    // A provider that weighs nothing may place no task, not even one of its base.
    [3, 100, [{ capacityProvider: "FARGATE", base: 3, weight: 1 }, { capacityProvider: "FARGATE_SPOT", weight: 100 }]],
  ] as const) {
    it(`keeps ${onDemandTasks} tasks on demand, and of the others puts ${spotPercent} % on Spot`, () => {
      assert.deepEqual(capacityStrategies({ onDemandTasks, spotPercent }), expected);
    });
  }
});
