import * as aws from "@pulumi/aws";
import type * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";

export interface TruthGateArgs {
  readonly service: awsx.ecs.FargateService;
  readonly clusterArn: pulumi.Output<string>;
  readonly clusterName: pulumi.Output<string>;
  readonly logGroupName: pulumi.Output<string>;
}

/**
 * The task definition that runs, which is the one that was asked for, or else `pulumi up` fails. The provider alone
 * cannot be trusted with that: it may take a service that ECS has rolled back for one that is steady, and of a rollback
 * that it did report, a second `pulumi up` of the same code finds nothing left to do.
 *
 * Whatever is exported has to wait for this, or the engine would be done without it.
 */
export function truthGate(args: TruthGateArgs, parent: pulumi.Resource): pulumi.Output<string> {
  const intended = args.service.taskDefinition.apply((definition) => {
    if (definition === undefined) {
      throw new pulumi.ResourceError("awsx made no task definition for the service", args.service);
    }
    return definition.arn;
  });
  // A preview asks for what is not there yet.
  if (pulumi.runtime.isDryRun()) {
    return intended;
  }
  // The name is known once awsx has made or changed the service, and ECS is done with it.
  const running = aws.ecs.getServiceOutput({
    clusterArn: args.clusterArn,
    serviceName: args.service.service.name,
  }, { parent });
  return pulumi.all([running, intended, args.clusterName, args.logGroupName])
    .apply(([service, wanted, cluster, logGroup]) => {
      const others = runningBeside(wanted, service);
      if (others.length > 0) {
        const message = refusal(service.serviceName, wanted, others, cluster, logGroup);
        throw new pulumi.ResourceError(message, args.service, true);
      }
      return wanted;
    });
}

/** What the service runs that was not asked for; the tasks of an earlier deployment that still drain do not count. */
function runningBeside(wanted: string, service: aws.ecs.GetServiceResult): string[] {
  const primary = service.deployments.filter(({ status }) => status === "PRIMARY");
  const found = [service.taskDefinition, ...primary.map(({ taskDefinition }) => taskDefinition)];
  return [...new Set(found)].filter((definition) => definition !== wanted);
}

function refusal(service: string, wanted: string, others: string[], cluster: string, logGroup: string): string {
  const question = `--cluster ${cluster} --services ${service} --query "services[0].events[:10].message"`;
  return [
    `the service ${service} runs ${others.join(" and ")}, but this program asked for ${wanted}.`,
    "Its tasks did not become healthy, or an alarm rang while they were rolled out, and ECS went back.",
    `ECS says why: aws ecs describe-services ${question}`,
    `The tasks say why: aws logs tail ${logGroup} --since 1h`,
    "Mend the cause and run `pulumi up`; for the same code once more, run `pulumi up --refresh`.",
  ].join("\n");
}
