import * as aws from "@pulumi/aws";
import type { ResourceValidation } from "@pulumi/policy";

import { across, each, known, maySame, must, mustBeSet, mustNot, unless, type Controls, type Verdict } from "../control";
import { containersOf, type Container } from "../containers";
import { looksSecret } from "../secret-looking";

const awsCredentials = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA"];

/** The cluster, the service, the tasks and their containers. */
export const ecs = {
  "ECS.2": {
    title: "Tasks have no public address",
    severity: "high",
    where: "everywhere",
    resource: [each(aws.ecs.Service, ({ networkConfiguration }) =>
      mustNot({ "networkConfiguration.assignPublicIp": networkConfiguration?.assignPublicIp }, true))],
  },
  "ECS.3": {
    title: "Tasks do not see the processes of their host",
    severity: "high",
    where: "everywhere",
    resource: [each(aws.ecs.TaskDefinition, ({ pidMode }) => mustNot({ pidMode }, "host"))],
  },
  "ECS.17": {
    title: "Tasks have a network interface of their own",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.ecs.TaskDefinition, ({ networkMode }) => must({ networkMode }, "awsvpc"))],
  },
  "ECS.4": {
    title: "Containers have no rights over their host",
    severity: "high",
    where: "everywhere",
    resource: [containers(({ privileged }) => mustNot({ privileged }, true))],
  },
  "ECS.5": {
    title: "Containers cannot change their own files",
    severity: "high",
    where: "everywhere",
    resource: [containers(({ readonlyRootFilesystem }) => must({ readonlyRootFilesystem }, true))],
  },
  "ECS.8": {
    title: "No credentials of AWS stand in a container's environment",
    severity: "high",
    where: "everywhere",
    resource: [containers(({ environment = [] }) => environment.filter(({ name }) => awsCredentials.includes(name))
      .map(({ name }) => `environment holds ${name}: give the task a role`))],
  },
  "plain-secrets": {
    title: "No secret stands in a container's environment",
    severity: "high",
    where: "everywhere",
    resource: [containers(({ environment = [] }) => environment.filter(({ name, value }) => looksSecret(name, value))
      .map(({ name }) => `environment holds ${name}, which looks like a secret: let the process read it from Secrets Manager`))],
  },
  "ECS.9": {
    title: "Containers have their output logged",
    severity: "high",
    where: "everywhere",
    resource: [containers(({ logConfiguration }) =>
      unless(logConfiguration?.logDriver !== undefined, "logConfiguration.logDriver must be set"))],
  },
  "ECS.10": {
    title: "The service runs on the newest Fargate platform",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.ecs.Service, ({ platformVersion = "LATEST" }) => must({ platformVersion }, "LATEST", "1.4.0"))],
  },
  "ECS.12": {
    title: "The cluster has Container Insights",
    severity: "medium",
    where: "keptData",
    resource: [each(aws.ecs.Cluster, ({ settings = [] }) => must({
      containerInsights: settings.find(({ name }) => name === "containerInsights")?.value,
    }, "enabled", "enhanced"))],
  },
  "ECS.20": {
    title: "Containers run as a user without rights, whatever their image says",
    severity: "medium",
    where: "everywhere",
    resource: [containers(({ user = "" }) =>
      unless(!/^(|root|0+)(:|$)/.test(user), `user must be set and not be root, is ${JSON.stringify(user)}`))],
  },
  "CKV_AWS_249": {
    title: "What starts a task and what runs in it have two roles",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.ecs.TaskDefinition, (task) => [
      ...mustBeSet(task, "executionRoleArn", "taskRoleArn"),
      unless(known(() => task.taskRoleArn, "one role") !== known(() => task.executionRoleArn, "another"),
        "taskRoleArn must be another role than executionRoleArn"),
    ])],
  },
  "no-capabilities": {
    title: "Containers give up every capability of Linux",
    severity: "medium",
    where: "everywhere",
    resource: [containers(({ linuxParameters }) => [
      unless(linuxParameters?.capabilities?.drop?.includes("ALL") ?? false, "linuxParameters.capabilities.drop must hold ALL"),
      unless((linuxParameters?.capabilities?.add ?? []).length === 0, "linuxParameters.capabilities.add must be empty"),
    ])],
  },
  "init-process": {
    title: "Containers have an init process, which passes signals on and reaps children",
    severity: "low",
    where: "everywhere",
    resource: [containers(({ linuxParameters }) =>
      must({ "linuxParameters.initProcessEnabled": linuxParameters?.initProcessEnabled }, true))],
  },
  "no-exec": {
    title: "Nobody opens a shell in a task",
    severity: "high",
    where: "everywhere",
    resource: [each(aws.ecs.Service, ({ enableExecuteCommand }) => mustNot({ enableExecuteCommand }, true))],
  },
  "image-by-digest": {
    title: "Containers run an image by its digest",
    severity: "high",
    where: "everywhere",
    resource: [containers(({ image = "" }) =>
      unless(/@sha256:[0-9a-f]{64}$/.test(image), `image must end in @sha256:<digest>, is ${image}: a tag may mean another image tomorrow`))],
  },
  "rollback": {
    title: "A deployment that fails is rolled back",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.ecs.Service, ({ deploymentCircuitBreaker, alarms }) => [
      must({
        "deploymentCircuitBreaker.enable": deploymentCircuitBreaker?.enable,
        "deploymentCircuitBreaker.rollback": deploymentCircuitBreaker?.rollback,
      }, true),
      must({ "alarms.enable": alarms?.enable, "alarms.rollback": alarms?.rollback }, true),
      unless((alarms?.alarmNames ?? []).length > 0, "alarms.alarmNames must name alarms of the load balancer"),
    ].flat())],
  },
  "serves-while-deploying": {
    title: "A deployment takes no task away before another answers",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.ecs.Service, ({ deploymentMinimumHealthyPercent = 100, deploymentMaximumPercent = 200 }) => [
      unless(deploymentMinimumHealthyPercent >= 100, `deploymentMinimumHealthyPercent must be 100, is ${deploymentMinimumHealthyPercent}`),
      unless(deploymentMaximumPercent > 100, `deploymentMaximumPercent must be above 100, is ${deploymentMaximumPercent}`),
    ])],
  },
  "spread-over-zones": {
    title: "Tasks return to a zone that has come back",
    severity: "low",
    where: "everywhere",
    resource: [each(aws.ecs.Service, ({ availabilityZoneRebalancing }) => must({ availabilityZoneRebalancing }, "ENABLED"))],
  },
  "on-demand": {
    title: "No task can be taken away at two minutes' notice",
    severity: "medium",
    where: "keptData",
    resource: [each(aws.ecs.Service, ({ capacityProviderStrategies = [] }) => unless(
      capacityProviderStrategies.every(({ capacityProvider }) => capacityProvider !== "FARGATE_SPOT"),
      "capacityProviderStrategies must do without FARGATE_SPOT"))],
  },
  "count-of-the-autoscaler": {
    title: "An update leaves the number of tasks as the autoscaler has set it",
    severity: "medium",
    where: "everywhere",
    stack: across(function* (stack) {
      const targets = stack.of(aws.appautoscaling.Target);
      for (const { resource, props } of stack.of(aws.ecs.Service)) {
        const name = () => `${props.name}`;
        const scaled = targets.some((target) => maySame(() => target.props.resourceId.split("/").at(-1), name));
        yield [resource, unless(!scaled || resource.opts.ignoreChanges.includes("desiredCount"), "ignoreChanges must hold desiredCount")];
      }
    }),
  },
  "two-tasks": {
    title: "Two tasks or more answer at any time",
    severity: "medium",
    where: "keptData",
    resource: [each(aws.appautoscaling.Target, ({ minCapacity }) =>
      unless(minCapacity >= 2, `minCapacity must be 2 or more, is ${minCapacity}`))],
  },
} satisfies Controls;

function containers(judge: (container: Container) => Verdict): ResourceValidation {
  return each(aws.ecs.TaskDefinition, (task) => containersOf(task.containerDefinitions).flatMap((container) =>
    [judge(container)].flat().map((complaint) => complaint && `container ${container.name}: ${complaint}`)));
}
