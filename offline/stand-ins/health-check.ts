import * as http from "node:http";

/** The health check of a target group, named as in the API of the balancer. */
export interface HealthCheck {
  readonly path: string;
  /** Status codes that count as healthy: `200`, `200,204` or `200-299`. */
  readonly matcher: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

/** Asks a target once. Returns why it failed, in AWS's words, or undefined when it passed. */
export async function checkHealth(port: number, check: HealthCheck, stopped: AbortSignal): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(check.timeoutSeconds * 1_000);
  try {
    const statusCode = await statusOf(port, check.path, AbortSignal.any([timeout, stopped]));
    return matches(check.matcher, statusCode) ? undefined : `Health checks failed with these codes: [${statusCode}]`;
  } catch {
    return timeout.aborted ? "Request timed out" : "Health checks failed";
  }
}

/** Whether a status code is among those of a matcher. */
export function matches(matcher: string, statusCode: number): boolean {
  return matcher.split(",").some((range) => {
    const [first = NaN, last = first] = range.split("-").map(Number);
    return statusCode >= first && statusCode <= last;
  });
}

function statusOf(port: number, path: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    // A connection of its own, as the balancer's: one that is kept open would hide a target that accepts no more.
    const request = http.get({
      host: "127.0.0.1", port, path, signal, agent: false, headers: { "User-Agent": "ELB-HealthChecker/2.0" },
    }, (response) => {
      response.on("error", reject).on("end", () => resolve(response.statusCode!)).resume();
    });
    request.on("error", reject);
  });
}
