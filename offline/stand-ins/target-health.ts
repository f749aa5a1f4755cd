import { AwsError } from "./aws-json";
import { startAwsQuery, type AwsQueryService, type Elements } from "./aws-query";

export interface TargetHealthArgs {
  readonly targetGroupArn: string;
  readonly targets: readonly Elements[];
  /** Where the load balancer answers that sends requests to them: `<host>`, or on this computer `<host>:<port>`. */
  readonly dnsName: string;
}

/** Starts an Elastic Load Balancing that knows one target group: for AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2. */
export function startTargetHealth({ targetGroupArn, targets, dnsName }: TargetHealthArgs): Promise<AwsQueryService> {
  const loadBalancerArn = targetGroupArn.replace(/:targetgroup\/.*$/, ":loadbalancer/app/balancer-1a2b3c/0123456789abcdef");
  const known = (given: string | undefined): void => {
    if (given !== targetGroupArn) {
      throw new AwsError("TargetGroupNotFound", "One or more target groups not found");
    }
  };
  return startAwsQuery({
    DescribeTargetHealth: ({ TargetGroupArn }) => {
      known(TargetGroupArn);
      return { TargetHealthDescriptions: { name: "member", of: targets } };
    },
    DescribeTargetGroups: ({ "TargetGroupArns.member.1": TargetGroupArn }) => {
      known(TargetGroupArn);
      const LoadBalancerArns = { name: "member", of: [loadBalancerArn] };
      return { TargetGroups: { name: "member", of: [{ TargetGroupArn: targetGroupArn, LoadBalancerArns }] } };
    },
    DescribeLoadBalancers: ({ "LoadBalancerArns.member.1": arn }) => {
      if (arn !== loadBalancerArn) {
        throw new AwsError("LoadBalancerNotFound", "One or more load balancers not found");
      }
      return { LoadBalancers: { name: "member", of: [{ LoadBalancerArn: loadBalancerArn, DNSName: dnsName }] } };
    },
  });
}
