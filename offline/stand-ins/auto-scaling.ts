import { AwsError, startAwsJson, type AwsService } from "./aws-json";

/** Between what a service scales. */
export interface ScalableTarget {
  readonly ResourceId: string;
  MinCapacity: number;
  MaxCapacity: number;
}

interface RegisterInput {
  readonly ResourceId: string;
  readonly MinCapacity?: number;
  readonly MaxCapacity?: number;
}

/** Starts an Application Auto Scaling with targets of ECS's: for AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING. */
export function startAutoScaling(targets: ScalableTarget[]): Promise<AwsService> {
  const target = (operation: string): string => `AnyScaleFrontendService.${operation}`;
  const common = { ServiceNamespace: "ecs", ScalableDimension: "ecs:service:DesiredCount" };
  return startAwsJson({
    [target("DescribeScalableTargets")]: (input: { ResourceIds?: string[] }) => ({
      ScalableTargets: targets.filter(({ ResourceId }) => input.ResourceIds?.includes(ResourceId) ?? true)
        .map((each) => ({ ...common, ...each })),
    }),
    [target("RegisterScalableTarget")]: ({ ResourceId, MinCapacity, MaxCapacity }: RegisterInput) => {
      const found = targets.find((each) => each.ResourceId === ResourceId);
      const wanted = { MinCapacity: MinCapacity ?? found?.MinCapacity, MaxCapacity: MaxCapacity ?? found?.MaxCapacity };
      if (found === undefined || wanted.MinCapacity! > wanted.MaxCapacity!) {
        throw new AwsError("ValidationException", "Maximum capacity cannot be less than minimum capacity");
      }
      Object.assign(found, wanted);
      return {};
    },
  });
}
