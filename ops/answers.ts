import { join } from "node:path";

import type { Service } from "@aws-sdk/client-ecs";
import {
  DescribeLoadBalancersCommand, DescribeTargetGroupsCommand, ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";

import { changedBetween } from "../delivery/deployment/history";
import { pinnedImage } from "../delivery/image/stack-image";
import { call } from "../delivery/smoke/client";
import { partOfImage } from "../infra/content-hash";
import { projectFolder, readStackFile } from "../offline/stack-file";
import type { Findings } from "./findings";
import { recordOf } from "./release";
import type { Session } from "./session";
import { table } from "./table";

/** So many connections, that each of the tasks behind a load balancer answers some. */
const connections = 6;

interface Version {
  readonly version: string;
  /** That the image was built from; null where nobody has told the build. */
  readonly commit: string | null;
}

/** What clients get: the version that the service itself tells, asked for as they do, through the load balancer. */
export async function answers(session: Session, service: () => Promise<Service>): Promise<Findings> {
  const url = await urlOf(session, await service());
  if (session.dryRun) {
    session.say(`asks GET ${url}/version, over ${connections} connections`);
  }
  const all = await Promise.all(Array.from({ length: connections }, async () => {
    const { request, status, body } = await call(url, "GET", "/version");
    if (status !== 200) {
      throw new Error(`${url}: ${request} is answered ${status}, but should be 200`);
    }
    return body as Version;
  }));
  const different = [...new Map(all.map((each) => [`${each.version} ${each.commit}`, each])).values()];
  return {
    lines: table(different.map(({ version, commit }) =>
      [url, `version ${version}`, `built from commit ${commit?.slice(0, 7) ?? "unknown"}`])),
    problems: different.length > 1
      ? [`${url} answers with several versions: a deployment is under way, or hangs`]
      : await otherThanRecorded(session, different[0]?.commit ?? null),
  };
}

/** By the name that clients know, or where there is none by AWS's own. */
async function urlOf(session: Session, { loadBalancers = [] }: Service): Promise<string> {
  const { "accounts:domainName": domainName = "" } = readStackFile(session.stack);
  if (domainName !== "") {
    return `https://${domainName}`;
  }
  const client = session.client(ElasticLoadBalancingV2Client);
  const { targetGroupArn = "" } = loadBalancers[0] ?? {};
  const { TargetGroups: [group] = [] } = await client.send(
    new DescribeTargetGroupsCommand({ TargetGroupArns: [targetGroupArn] }));
  const { LoadBalancers: [balancer] = [] } = await client.send(
    new DescribeLoadBalancersCommand({ LoadBalancerArns: group?.LoadBalancerArns }));
  if (balancer?.DNSName === undefined) {
    throw new Error(`no load balancer sends requests to ${targetGroupArn}`);
  }
  return `http://${balancer.DNSName}`;
}

/**
 * An image is built once, for the first commit with its content: the service that answers may be of an older commit
 * than the record's, but not of other files. One that is pinned is another one on purpose.
 */
async function otherThanRecorded(session: Session, built: string | null): Promise<string[]> {
  // What is wrong with the record is told where that is shown.
  const record = await recordOf(session).catch(() => undefined);
  const isPinned = pinnedImage(session.stack) !== "" || record?.uncommitted?.["accounts:image"] !== undefined;
  if (record === undefined || built === null || isPinned) {
    return [];
  }
  const changed = await changedBetween(built, record.commit, "service");
  const [what, deployed] = [`the service that answers was built from ${built.slice(0, 7)}`, record.commit.slice(0, 7)];
  if (changed === undefined) {
    return [`${what}, and ${deployed} was deployed last: this checkout does not know both, so \`git fetch\` and ask again`];
  }
  const [first, ...more] = changed.filter(partOfImage(join(projectFolder, "service")));
  return first === undefined ? []
    : [`${what}, but ${deployed} was deployed last, which has another ${more.length === 0 ? `service/${first}` : "service"}`];
}
