import * as aws from "@pulumi/aws";

import type { Container } from "../../../policy/containers";
import type { ecs } from "../../../policy/controls/ecs";
import { a, kept, type Cases, type Inputs } from "../examples";

const container = (definition: Partial<Container>) =>
  kept(a(aws.ecs.TaskDefinition, { containerDefinitions: JSON.stringify([{ name: "main", ...definition }]) }));
const service = (inputs: Inputs<typeof aws.ecs.Service>) => kept(a(aws.ecs.Service, inputs));
const task = (inputs: Inputs<typeof aws.ecs.TaskDefinition>) =>
  kept(a(aws.ecs.TaskDefinition, inputs));
const rollback = {
  deploymentCircuitBreaker: { enable: true, rollback: true },
  alarms: { enable: true, rollback: true, alarmNames: ["errors"] },
};
const scaling = a(aws.appautoscaling.Target, { resourceId: "service/cluster/accounts" });
const scaled = { state: { name: "accounts" } };

export const ecsCases: Cases<typeof ecs> = {
  "ECS.2": {
    passes: [service({}), service({ networkConfiguration: { subnets: [], assignPublicIp: false } })],
    fails: [[
      service({ networkConfiguration: { subnets: [], assignPublicIp: true } }),
      /assignPublicIp must not be true/,
    ]],
  },
  "ECS.3": { passes: [task({})], fails: [[task({ pidMode: "host" }), /pidMode must not be "host"/]] },
  "ECS.17": {
    passes: [task({ networkMode: "awsvpc" })],
    fails: [[task({}), /networkMode must be "awsvpc", is unset/]],
  },
  "ECS.4": {
    passes: [container({})],
    fails: [[container({ privileged: true }), /container main: privileged must not be true/]],
  },
  "ECS.5": {
    passes: [container({ readonlyRootFilesystem: true })],
    fails: [
      [container({}), /container main: readonlyRootFilesystem must be true, is unset/],
      [kept(a(aws.ecs.TaskDefinition, {
        containerDefinitions: JSON.stringify([{ name: "main", readonlyRootFilesystem: true }, { name: "beside" }]),
      })), /container beside: readonlyRootFilesystem must be true, is unset/],
    ],
  },
  "ECS.8": {
    passes: [container({ environment: [{ name: "AWS_REGION", value: "eu-west-1" }] })],
    fails: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA"].map((name) =>
      [container({ environment: [{ name, value: "x" }] }), new RegExp(`environment holds ${name}`)] as const),
  },
  "plain-secrets": {
    passes: [container({ environment: [
      { name: "API_KEYS_SECRET_ARN", value: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys" },
      { name: "KEEP_ALIVE_TIMEOUT_SECONDS", value: "72" },
    ] })],
    fails: [
      [container({ environment: [{ name: "DATABASE_PASSWORD", value: "x" }] }),
        /DATABASE_PASSWORD, which looks like a secret/],
      [container({ environment: [{ name: "DATABASE_URL", value: "postgres://me:x@host/db" }] }),
        /DATABASE_URL, which looks/],
      [container({ environment: [{ name: "CERTIFICATE", value: "-----BEGIN PRIVATE KEY-----" }] }),
        /CERTIFICATE, which looks/],
    ],
  },
  "ECS.9": {
    passes: [container({ logConfiguration: { logDriver: "awslogs" } })],
    fails: [[container({}), /logConfiguration\.logDriver must be set/]],
  },
  "ECS.10": {
    passes: [service({}), service({ platformVersion: "1.4.0" })],
    fails: [[service({ platformVersion: "1.3.0" }), /platformVersion must be "LATEST" or "1\.4\.0", is "1\.3\.0"/]],
  },
  "ECS.12": {
    passes: ["enhanced", "enabled"].map((value) => kept(a(aws.ecs.Cluster, { settings: [{ name: "containerInsights", value }] }))),
    fails: [
      [kept(a(aws.ecs.Cluster, {})), /containerInsights must be "enabled" or "enhanced", is unset/],
      [kept(a(aws.ecs.Cluster, { settings: [{ name: "containerInsights", value: "disabled" }] })), /is "disabled"/],
    ],
  },
  "ECS.20": {
    passes: [container({ user: "10001:10001" }), container({ user: "node" })],
    fails: [
      [container({}), /user must be set and not be root, is ""/],
      [container({ user: "0:0" }), /user must be set and not be root, is "0:0"/],
      [container({ user: "root" }), /is "root"/],
    ],
  },
  "CKV_AWS_249": {
    passes: [task({ taskRoleArn: "task", executionRoleArn: "execution" })],
    fails: [
      [task({ taskRoleArn: "same", executionRoleArn: "same" }), /taskRoleArn must be another role/],
      [task({ executionRoleArn: "execution" }), /taskRoleArn must be set/],
      [task({ taskRoleArn: "task" }), /executionRoleArn must be set/],
    ],
  },
  "no-capabilities": {
    passes: [container({ linuxParameters: { capabilities: { add: [], drop: ["ALL"] } } })],
    fails: [
      [container({}), /capabilities\.drop must hold ALL/],
      [container({ linuxParameters: { capabilities: { drop: [] } } }), /capabilities\.drop must hold ALL/],
      [container({ linuxParameters: { capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] } } }),
        /capabilities\.add must be empty/],
    ],
  },
  "init-process": {
    passes: [container({ linuxParameters: { initProcessEnabled: true } })],
    fails: [[container({}), /initProcessEnabled must be true/]],
  },
  "no-exec": {
    passes: [service({ enableExecuteCommand: false })],
    fails: [[service({ enableExecuteCommand: true }), /enableExecuteCommand must not be true/]],
  },
  "image-by-digest": {
    passes: [container({ image: `registry/accounts@sha256:${"0".repeat(64)}` })],
    fails: ["registry/accounts:1.0", "registry/accounts@sha256:0000"].map((image) =>
      [container({ image }), new RegExp(`image must end in @sha256:<digest>, is ${image}: a tag`)] as const),
  },
  "rollback": {
    passes: [service(rollback)],
    fails: [
      [service({ ...rollback, deploymentCircuitBreaker: { enable: true, rollback: false } }),
        /deploymentCircuitBreaker\.rollback must be true/],
      [service({ ...rollback, alarms: { ...rollback.alarms, rollback: false } }),
        /alarms\.rollback must be true, is false/],
      [service({ ...rollback, alarms: { ...rollback.alarms, alarmNames: [] } }), /alarms\.alarmNames must name alarms/],
    ],
  },
  "serves-while-deploying": {
    passes: [service({}), service({ deploymentMinimumHealthyPercent: 100, deploymentMaximumPercent: 150 })],
    fails: [
      [service({ deploymentMinimumHealthyPercent: 50 }), /deploymentMinimumHealthyPercent must be 100, is 50/],
      [service({ deploymentMaximumPercent: 100 }), /deploymentMaximumPercent must be above 100/],
    ],
  },
  "spread-over-zones": {
    passes: [service({ availabilityZoneRebalancing: "ENABLED" })],
    fails: [[service({ availabilityZoneRebalancing: "DISABLED" }), /availabilityZoneRebalancing must be "ENABLED", is "DISABLED"/]],
  },
  "on-demand": {
    passes: [service({}), service({ capacityProviderStrategies: [{ capacityProvider: "FARGATE", weight: 1 }] })],
    fails: [[service({ capacityProviderStrategies: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }] }), /must do without FARGATE_SPOT/]],
  },
  "count-of-the-autoscaler": {
    passes: [
      kept(scaling, a(aws.ecs.Service, {}, { ...scaled, ignoreChanges: ["desiredCount"] })),
      kept(a(aws.ecs.Service, {}, scaled)),
    ],
    fails: [[kept(scaling, a(aws.ecs.Service, {}, { ...scaled, ignoreChanges: ["taskDefinition"] })), /ignoreChanges must hold desiredCount/]],
  },
  "two-tasks": {
    passes: [kept(a(aws.appautoscaling.Target, { minCapacity: 2 }))],
    fails: [[kept(a(aws.appautoscaling.Target, { minCapacity: 1 })), /minCapacity must be 2 or more, is 1/]],
  },
};
