import type { Twin } from "./twin";
import { differences } from "./differences";
import { notRehearsed } from "./rehearsed";

/** The running stack as a picture, with the addresses of its parts. */
export function picture({ plan, parts, postgres, secrets, service, balancer }: Twin): string {
  const tasks = balancer.targets.map(({ id, port }) => `task ${id.slice(0, 8)} on 127.0.0.1:${port}`);
  return `
  clients
     |  ${balancer.url}   (on AWS: ${String(plan.outputs["url"])})
     v
  load balancer             GET ${parts.balancer.healthCheck.path} every ${parts.balancer.healthCheck.intervalSeconds} s
     |  requests, to healthy tasks only
     v
  ECS service               ${service.tasks.length} tasks: ${tasks.join(", ")}
     |  queries, over TLS                \\  login, API keys, settings
     v                                    v
  PostgreSQL ${parts.database.majorVersion}             Secrets Manager, Parameter Store
  ${postgres.host}:${postgres.port}           ${secrets.url}
`;
}

/** Commands that work when pasted, with an address that no earlier run has taken. */
export function tryIt(url: string, key: string): string {
  const authorization = `-H 'authorization: Bearer ${key}'`;
  const email = `ada.${Date.now().toString(36)}@example.com`;
  const user = JSON.stringify({ email, name: "Ada Lovelace" });
  return `
API key of client "default": ${key}

  curl ${url}/health/ready
  curl ${authorization} -H 'content-type: application/json' -d '${user}' ${url}/v1/users
  curl ${authorization} '${url}/v1/users?email=${email}'
`;
}

/** What a person should not take for proven. */
export function limits({ plan, parts }: Twin): string {
  const { types, parts: ofParts } = notRehearsed(plan);
  const { port, protocol } = parts.balancer;
  return [
    "Not as on AWS",
    `  The load balancer speaks plain HTTP here; it tells tasks that clients came with ${protocol} to port ${port}.`,
    ...differences.map(({ variable, reason }) => `  ${variable.padEnd(32)} ${reason}`),
    "Of what runs here, not rehearsed",
    ...ofParts.map((line) => `  ${line}`),
    "Of the plan, not rehearsed at all",
    ...wrapped(types),
  ].join("\n");
}

function wrapped(words: readonly string[], width = 110): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && `${last}, ${word}`.length <= width) {
      lines[lines.length - 1] = `${last}, ${word}`;
    } else {
      lines.push(`  ${word}`);
    }
  }
  return lines;
}
