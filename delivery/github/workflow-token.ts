import type { Part, Place } from "./part";

/**
 * What the token of a job may where its workflow does not say: read. And never approve a pull request: the code of one
 * could do that in the preview, which may write comments.
 */
export function workflowTokenPart({ github: { rest: { actions } }, repository }: Place): Part {
  const wanted = { default_workflow_permissions: "read", can_approve_pull_request_reviews: false } as const;
  return {
    name: "token of jobs",
    wanted,
    read: async () => ({ ...(await actions.getGithubActionsDefaultWorkflowPermissionsRepository(repository)).data }),
    write: async () => {
      await actions.setGithubActionsDefaultWorkflowPermissionsRepository({ ...repository, ...wanted });
    },
  };
}
