import { writeFileSync } from "node:fs";

import { tell, type Job } from "./job";
import { Repository, type Kept } from "./repository";

/** Where a report goes beside the job's page. */
export interface Targets {
  /** For a rehearsal, or for another step. */
  readonly file?: string;
  readonly pullRequest?: number;
}

/** Shows a report wherever somebody may look for it. A token that may only read is no failure. */
export async function publish(text: string, kept: Kept, targets: Targets, job: Job): Promise<void> {
  tell(text);
  if (targets.file !== undefined) {
    writeFileSync(targets.file, text);
  }
  const pullRequest = targets.pullRequest ?? job.pullRequest;
  const repository = Repository.ofJob();
  if (pullRequest === undefined || repository === undefined) {
    return;
  }
  await putComment(repository, pullRequest, kept, text);
}

/** Writes the one comment of its kind, and says on standard error what became of it. */
export async function putComment(repository: Repository, pullRequest: number, kept: Kept, text: string): Promise<void> {
  const written = await repository.putComment(pullRequest, kept, text);
  process.stderr.write(written === "refused"
    ? "no comment: the token of this job may only read, as that of every pull request of a fork; its summary has it all\n"
    : `the comment in pull request ${pullRequest} is ${written}\n`);
}
