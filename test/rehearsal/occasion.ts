import type { Job } from "../delivery/workflow-files";

/** What starts a workflow. */
export interface Occasion {
  readonly event: "push" | "pull_request" | "schedule" | "workflow_dispatch";
  readonly sha: string;
  readonly ref: string;
  /** What GitHub writes into the file of the event. */
  readonly payload: object;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly run: number;
}

/** A job that is under way, for whoever plays one of its actions. */
export interface Scene {
  readonly job: Job;
  readonly occasion: Occasion;
  /** The name of its environment, with or without an approval. */
  readonly environment?: string;
  /** Of a machine of its own: the checkout. */
  readonly folder: string;
  /** Of all steps that follow. */
  readonly exported: Record<string, string>;
}

/** What a job's run, or a workflow's, is in GitHub's expressions. */
export const runId = ({ run }: Occasion): string => String(1000 + run);
