import type { Formula, Metric } from "./alarm";
import type { LoadBalancer } from "./load-balancer";

type Dimensions = LoadBalancer["dimensions"];

// CloudWatch has no value for a minute without any, and a formula has none where one of its metrics has none.
const errors = "FILL(errors, 0)";
const requests = "FILL(requests, 0)";

/** Of the requests that reached a task, so many in a hundred ended in a 5xx; 0 while there are fewer than `fewest`. */
export function targetErrorShare(dimensions: Dimensions, fewest: number): Formula {
  return {
    expression: share(requests, fewest),
    label: "Errors of tasks, %",
    metrics: {
      errors: metric("HTTPCode_Target_5XX_Count", dimensions),
      requests: metric("RequestCount", dimensions),
    },
  };
}

/**
 * Of all requests, the load balancer itself answered so many in a hundred with a 5xx. CloudWatch counts a request only
 * once there is a task for it, so the refused ones are added: with no task at all, there would be no request either.
 */
export function balancerErrorShare({ LoadBalancer }: Dimensions, fewest: number): Formula {
  return {
    expression: share(`(${requests} + ${errors})`, fewest),
    label: "Errors of the load balancer, %",
    metrics: {
      errors: metric("HTTPCode_ELB_5XX_Count", { LoadBalancer }),
      requests: metric("RequestCount", { LoadBalancer }),
    },
  };
}

function share(all: string, fewest: number): string {
  return `IF(${all} >= ${fewest}, 100 * ${errors} / ${all}, 0)`;
}

function metric(name: string, dimensions: Metric["dimensions"]): Metric {
  return { namespace: "AWS/ApplicationELB", name, dimensions, statistic: "Sum" };
}
