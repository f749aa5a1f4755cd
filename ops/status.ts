import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeTasksCommand, ECSClient, ListTasksCommand, type Service, type Task } from "@aws-sdk/client-ecs";
import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

import { committedStacks } from "../offline/stack-file";
import { answers } from "./answers";
import type { Findings, Look } from "./findings";
import { instancesOf } from "./instances";
import { lastDeployment, release } from "./release";
import { serviceOf, shortName } from "./service";
import type { Session } from "./session";
import { moment, table } from "./table";

const parts: readonly (readonly [title: string, look: Look])[] = [
  ["Release", release],
  ["What answers", answers],
  ["Last deployment by the record", lastDeployment],
  ["Deployments", deployments],
  ["Tasks", tasks],
  ["Targets of the load balancer", targets],
  ["Database", database],
  ["Last migration", migration],
  ["Alarms", alarms],
];

/** Tells how the stack is, from the release that runs to the alarms that ring. What cannot be read hides no other. */
export async function status(session: Session): Promise<void> {
  let asked: Promise<Service> | undefined;
  const service = () => asked ??= serviceOf(session);
  const found = await Promise.all(parts.map(async ([title, look]) => ({
    title,
    ...await look(session, service).catch(({ name, message }: Error): Findings => {
      const problem = `${title} cannot be read: ${name === "Error" ? "" : `${name}: `}${message}`;
      return { lines: [`  ${problem}`], problems: [problem] };
    }),
  })));
  session.say(`accounts-${session.stack} in ${session.region}, account ${session.accountId}, at ${moment(new Date())}`);
  for (const { title, lines } of found) {
    session.say(["", title, ...lines].join("\n"));
  }
  const problems = found.flatMap((part) => part.problems);
  session.say(problems.length === 0
    ? "\nAll of this is as it should be."
    : ["", "Not as it should be", ...problems.map((problem) => `  ${problem}`)].join("\n"));
}

async function deployments(_: Session, service: () => Promise<Service>): Promise<Findings> {
  const { deployments: all = [], events = [] } = await service();
  const failed = all.filter(({ rolloutState }) => rolloutState === "FAILED");
  return {
    lines: [
      ...table(all.map((each) => [
        each.status ?? "", each.rolloutState ?? "", shortName(each.taskDefinition),
        `${each.runningCount ?? 0} of ${each.desiredCount ?? 0} run, ${each.failedTasks ?? 0} failed`,
        `since ${moment(each.createdAt)}`,
      ])),
      ...all.length > 1 || failed.length > 0
        ? events.slice(0, 3).map(({ createdAt, message }) => `  ${moment(createdAt)} ${message}`)
        : [],
    ],
    problems: failed.map((each) => `the deployment of ${shortName(each.taskDefinition)} failed: ${each.rolloutStateReason}`),
  };
}

async function tasks(session: Session, service: () => Promise<Service>): Promise<Findings> {
  const { names: { cluster } } = session;
  const ecs = session.client(ECSClient);
  const { serviceName } = await service();
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, serviceName }));
  const { tasks: all = [] } = taskArns.length === 0
    ? {}
    : await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  const zoneOf = ({ availabilityZone = "" }: Task): string => availabilityZone;
  const zones = new Set(all.map(zoneOf));
  return {
    lines: table(all.toSorted((a, b) => zoneOf(a).localeCompare(zoneOf(b))).map((task) => [
      zoneOf(task), shortName(task.taskArn).slice(0, 8), task.lastStatus ?? "", shortName(task.taskDefinitionArn),
      `since ${moment(task.startedAt)}`,
    ])),
    problems: all.length > 1 && zones.size === 1 ? [`all tasks are in ${[...zones].join()}`] : [],
  };
}

async function targets(session: Session, service: () => Promise<Service>): Promise<Findings> {
  const TargetGroupArn = (await service()).loadBalancers?.[0]?.targetGroupArn;
  const question = new DescribeTargetHealthCommand({ TargetGroupArn });
  const { TargetHealthDescriptions: all = [] } = await session.client(ElasticLoadBalancingV2Client).send(question);
  const rows = all.map(({ Target, TargetHealth }) => [
    `${Target?.Id}:${Target?.Port}`, Target?.AvailabilityZone ?? "", TargetHealth?.State ?? "",
    [TargetHealth?.Reason, TargetHealth?.Description].filter(Boolean).join(": "),
  ]);
  const unwell = rows.filter(([, , state = ""]) => !["healthy", "initial", "draining"].includes(state));
  return {
    lines: table(rows),
    problems: [
      ...unwell.map(([target, , state, why]) => `target ${target} is ${state}: ${why}`),
      ...rows.some(([, , state]) => state === "healthy") ? [] : ["no target is healthy: the load balancer answers 503"],
    ],
  };
}

async function database(session: Session): Promise<Findings> {
  const all = await instancesOf(session);
  return {
    lines: table(all.map((instance) => [
      instance.DBInstanceIdentifier ?? "", instance.DBInstanceStatus ?? "", `PostgreSQL ${instance.EngineVersion}`,
      instance.DBInstanceClass ?? "", `${instance.AvailabilityZone}${instance.MultiAZ ? " and a standby" : ""}`,
      `can be restored to ${moment(instance.LatestRestorableTime)}`,
    ])),
    problems: [
      ...all.length === 0 ? ["there is no database"] : [],
      ...all.filter(({ DBInstanceStatus }) => DBInstanceStatus !== "available")
        .map(({ DBInstanceIdentifier, DBInstanceStatus }) => `${DBInstanceIdentifier} is ${DBInstanceStatus}`),
    ],
  };
}

async function migration(session: Session): Promise<Findings> {
  const { Parameter } = await session.client(SSMClient).send(
    new GetParameterCommand({ Name: session.names.migrationParameter }));
  const { image } = JSON.parse(Parameter?.Value ?? "{}") as { image?: string };
  const row = ["brought the schema up to date", moment(Parameter?.LastModifiedDate), `for ${image}`];
  return { lines: table([row]), problems: [] };
}

async function alarms(session: Session): Promise<Findings> {
  const { names } = session;
  // Those of stack `prod-eu` begin like those of `prod`.
  const others = committedStacks().map((stack) => `accounts-${stack}-`)
    .filter((prefix) => prefix !== names.alarmPrefix && prefix.startsWith(names.alarmPrefix));
  const { MetricAlarms = [] } = await session.client(CloudWatchClient).send(new DescribeAlarmsCommand({
    AlarmNamePrefix: names.alarmPrefix, StateValue: "ALARM", AlarmTypes: ["MetricAlarm"], MaxRecords: 100,
  }));
  const ringing = MetricAlarms.filter(({ AlarmName = "" }) => !others.some((prefix) => AlarmName.startsWith(prefix)));
  return {
    lines: ringing.length === 0
      ? ["  none rings"]
      : table(ringing.map((each) => [each.AlarmName ?? "", `since ${moment(each.StateTransitionedTimestamp)}`, each.AlarmDescription ?? ""])),
    problems: ringing.map(({ AlarmName }) => `the alarm ${AlarmName} rings`),
  };
}
