import { AwsError } from "./aws-json";
import { startAwsQuery, type AwsQueryService, type Elements } from "./aws-query";

/** Starts an Elastic Load Balancing that knows one target group: for AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2. */
export function startTargetHealth(targetGroupArn: string, targets: readonly Elements[]): Promise<AwsQueryService> {
  return startAwsQuery({
    DescribeTargetHealth: ({ TargetGroupArn }) => {
      if (TargetGroupArn !== targetGroupArn) {
        throw new AwsError("TargetGroupNotFound", "One or more target groups not found");
      }
      return { TargetHealthDescriptions: { name: "member", of: targets } };
    },
  });
}
