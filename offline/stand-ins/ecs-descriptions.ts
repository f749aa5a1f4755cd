import type { AwsOperations } from "./aws-json";
import type { EcsPlace, EcsTasks } from "./ecs-tasks";

const target = (operation: string): string => `AmazonEC2ContainerServiceV20141113.${operation}`;

interface ListTaskDefinitionsInput {
  readonly familyPrefix: string;
  readonly status?: "ACTIVE" | "INACTIVE";
  readonly sort?: "ASC" | "DESC";
  readonly maxResults?: number;
}

/** The operations of ECS that tell of services and task definitions, and change nothing. */
export function descriptions(place: EcsPlace, tasks: EcsTasks): AwsOperations {
  const { region, accountId, services = [], taskDefinitions } = place;
  const arnOf = (clusterArn: string, name: string): string =>
    `arn:aws:ecs:${region}:${accountId}:service/${clusterArn.split("/").at(-1)}/${name}`;
  return {
    [target("ListServices")]: ({ cluster }: { cluster?: string }) => {
      const clusterArn = tasks.clusterArn(cluster);
      return { serviceArns: services.map(({ serviceName }) => arnOf(clusterArn, serviceName)) };
    },
    [target("DescribeServices")]: (input: { cluster?: string; services: string[] }) => {
      const clusterArn = tasks.clusterArn(input.cluster);
      const all = services.map((service) =>
        ({ ...service, clusterArn, serviceArn: arnOf(clusterArn, service.serviceName) }));
      const found = all.filter(({ serviceArn, serviceName }) =>
        input.services.some((asked) => asked === serviceArn || asked === serviceName));
      return { services: found, failures: [] };
    },
    [target("DescribeTaskDefinition")]: ({ taskDefinition }: { taskDefinition: string }) => ({
      taskDefinition: tasks.definition(taskDefinition),
    }),
    [target("ListTaskDefinitions")]: (input: ListTaskDefinitionsInput) => {
      const { familyPrefix, status: wanted = "ACTIVE", sort = "ASC", maxResults = 100 } = input;
      const found = taskDefinitions
        .filter(({ family, status = "ACTIVE" }) => family === familyPrefix && status === wanted)
        .toSorted((a, b) => (a.revision - b.revision) * (sort === "ASC" ? 1 : -1));
      return { taskDefinitionArns: found.slice(0, maxResults).map(({ taskDefinitionArn }) => taskDefinitionArn) };
    },
  };
}
