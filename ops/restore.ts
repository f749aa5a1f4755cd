import { DescribeDBInstanceAutomatedBackupsCommand, RDSClient, type DBInstance } from "@aws-sdk/client-rds";

import { settingsOfStack } from "../delivery/stack-settings";
import { readStackFile } from "../offline/stack-file";
import { apply, type Change, type Manner } from "./change";
import { instancesOf, snapshotsOf } from "./instances";
import { pipelineOf } from "./pipeline";
import { restorePoint, statesOf, type RestoreState } from "./restore-steps";
import type { Session } from "./session";
import { edited, fileOf } from "./stack-config";
import { moment } from "./table";

type Step = Omit<Change, "file" | "text">;

/** Takes the step of a restore that was asked for, if it is the turn of it; see docs/operations.md. */
export async function restore(session: Session, wanted: string, manner: Manner): Promise<void> {
  const { stack } = session;
  const pipeline = await pipelineOf(session);
  if (manner.now && pipeline !== undefined && wanted === "finish") {
    throw new Error(`finish takes away what there is to go back to, and can wait for a merge: npm run ops -- ${stack} restore finish`);
  }
  const state = statesOf(readStackFile(stack));
  const step = wanted === "finish" || wanted === "back"
    ? (wanted === "finish" ? finish : back)(state, session)
    : await begin(state, session, wanted);
  await apply(session, { file: fileOf(stack), text: edited(stack, step.edits), ...step }, manner, pipeline);
}

async function begin({ generation, kept }: RestoreState, session: Session, wanted: string): Promise<Step> {
  const { stack } = session;
  if (kept !== undefined) {
    throw new Error(`a restore is under way already: generation ${kept.generation} is kept beside ${generation}. End it with `
      + `\`npm run ops -- ${stack} restore finish\`, or undo it with \`restore back\``);
  }
  const point = restorePoint(wanted);
  const instances = await instancesOf(session);
  const source = instances.find(({ DBInstanceIdentifier = "" }) => session.names.generationOf(DBInstanceIdentifier) === generation);
  if (source === undefined) {
    throw new Error(`RDS has no instance accounts-${stack}-${generation}, which the stack file says serves`);
  }
  const snapshots = await snapshotsOf(session);
  const said = "snapshot" in point
    ? await refuseSnapshot(session, point.snapshot, source)
    : await refuseMoment(session, point.time, source);
  const next = 1 + Math.max(generation, ...[
    ...instances.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier),
    ...snapshots.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier),
  ].map((identifier) => session.names.generationOf(identifier ?? "") ?? 0));
  return {
    edits: { databaseGeneration: next, databaseKept: String(generation), databaseRestore: wanted },
    losses: [],
    consequences: [
      `RDS makes accounts-${stack}-${next} of ${said}; nothing is overwritten. The migration brings its schema up to date, then the`,
      `service moves to it. accounts-${stack}-${generation} stays beside it, protected. What is written to it until the service has`,
      "moved is not in the new instance. It takes as long as RDS needs for the copy: for a large database hours.",
    ],
    next: [
      `npm run smoke -- --stack ${stack}            shows that it serves.`,
      `npm run ops -- ${stack} restore finish     lets the old instance go, in two steps, once nobody wants to go back.`,
      `npm run ops -- ${stack} restore back       goes back to it.`,
    ],
  };
}

/** Two steps, since AWS and Pulumi refuse to delete in one what was protected before it. */
function finish({ generation, kept }: RestoreState, session: Session): Step {
  const { stack } = session;
  if (kept === undefined) {
    throw new Error(`there is nothing to finish: generation ${generation} serves, and no other is kept`);
  }
  const old = `accounts-${stack}-${kept.generation}`;
  return kept.protect
    ? {
      edits: { databaseKept: `${kept.generation} unprotected`, databaseRestore: undefined },
      losses: [],
      consequences: [`The protections of ${old} go; the instance itself stays. accounts-${stack}-${generation} serves on.`],
      next: [`npm run ops -- ${stack} restore finish   once more deletes ${old}.`],
    }
    : {
      edits: { databaseKept: undefined, databaseRestore: undefined },
      losses: settingsOfStack(session.stack).keepsData ? [`database-${kept.generation}`] : [],
      consequences: [settingsOfStack(session.stack).keepsData
        ? `${old} IS DELETED. A final snapshot ${old}-final stays, and its automated backups for as long as they are kept.`
        : `${old} IS DELETED, with its backups: this environment keeps no data.`],
      next: [`npm run ops -- ${stack} status   shows the one instance.`],
    };
}

function back({ generation, kept }: RestoreState, { stack }: Session): Step {
  if (kept === undefined) {
    throw new Error(`there is no way back: generation ${generation} serves, and no other is kept. From a final snapshot or from `
      + `the backups: \`npm run ops -- ${stack} restore snapshot:<identifier>\``);
  }
  return {
    edits: { databaseGeneration: kept.generation, databaseKept: String(generation), databaseRestore: undefined },
    losses: [],
    consequences: [
      `The service moves back to accounts-${stack}-${kept.generation}; accounts-${stack}-${generation} stays beside it, protected. What was`,
      "written to it since the restore is not in the old instance.",
    ],
    next: [`npm run ops -- ${stack} restore finish   lets accounts-${stack}-${generation} go, in two steps.`],
  };
}

async function refuseSnapshot(session: Session, snapshot: string, source: DBInstance): Promise<string> {
  const found = (await snapshotsOf(session)).find(({ DBSnapshotIdentifier }) => DBSnapshotIdentifier === snapshot);
  if (found?.Status !== "available") {
    throw new Error(found === undefined
      ? `RDS has no snapshot ${snapshot} in ${session.region}`
      : `the snapshot ${snapshot} is ${found.Status}, but must be available`);
  }
  if (found.KmsKeyId !== source.KmsKeyId) {
    throw new Error(`the snapshot ${snapshot} is encrypted with ${found.KmsKeyId ?? "no key"}, but must be with the stack's own key: copy it `
      + `first, \`aws rds copy-db-snapshot --kms-key-id alias/accounts-${session.stack} --source-db-snapshot-identifier ${snapshot} `
      + "--target-db-snapshot-identifier <name>`");
  }
  return `the snapshot ${snapshot} of ${moment(found.SnapshotCreateTime)}`;
}

/** `latest`, or a moment that the automated backups reach. */
async function refuseMoment(session: Session, time: string, source: DBInstance): Promise<string> {
  const { DBInstanceIdentifier = "", LatestRestorableTime } = source;
  const { DBInstanceAutomatedBackups: [backups] = [] } = await session.client(RDSClient).send(
    new DescribeDBInstanceAutomatedBackupsCommand({ DBInstanceIdentifier }));
  const earliest = backups?.RestoreWindow?.EarliestTime;
  const latest = LatestRestorableTime ?? backups?.RestoreWindow?.LatestTime;
  if (earliest === undefined || latest === undefined) {
    throw new Error(`${DBInstanceIdentifier} has no automated backups to restore from yet`);
  }
  if (time !== "latest" && (new Date(time) < earliest || new Date(time) > latest)) {
    throw new Error(`the moment ${time} is not in the backups of ${DBInstanceIdentifier}, which reach from ${moment(earliest)} to ${moment(latest)}`);
  }
  return `what ${DBInstanceIdentifier} was at ${time === "latest" ? `${moment(latest)} or later` : moment(new Date(time))}`;
}
