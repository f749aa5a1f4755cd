import { keepsData } from "../deployment/kept-data";
import { deployedRef, gitHubEnvironment } from "../names";
import type { DeliverySettings } from "../settings";
import { stacksOf } from "../target";
import { environmentPart } from "./environment";
import type { Part, Place } from "./part";
import { gitHubActionsApp, rulesetPart, type Rule } from "./ruleset";
import { workflowTokenPart } from "./workflow-token";

/** The jobs of `check.yml`, by the names that a pull request shows. */
export const requiredChecks = ["tests / tests", "mistakes are noticed", "what the plans say"];

const branch = deployedRef.replace("refs/heads/", "");

/** What GitHub calls the commit that a job for a pull request looks at. */
const pullRequests = "refs/pull/*/merge";

/** All that GitHub is to hold for the delivery, in the order in which it is set. */
export function wantedOf(place: Place, settings: DeliverySettings): Part[] {
  const { reviewers } = settings;
  return [
    workflowTokenPart(place),
    rulesetPart(place, { name: branch, ref: deployedRef, rules: rulesOfMain(isAlone(reviewers.code)) }),
    ...stacksOf("github", settings).flatMap((stack) => [
      environmentPart(place, {
        name: gitHubEnvironment("preview", stack), refs: [branch, pullRequests], reviewers: [], preventSelfReview: false,
      }),
      environmentPart(place, {
        name: gitHubEnvironment("deploy", stack),
        refs: [branch],
        reviewers: keepsData(stack) ? reviewers.deployments : [],
        preventSelfReview: !isAlone(reviewers.deployments),
      }),
    ]),
  ];
}

/** One person can ask nobody but themselves; GitHub would wait for somebody else for ever. */
function isAlone([first = "", ...others]: readonly string[]): boolean {
  return others.length === 0 && first !== "" && !first.includes("/");
}

function rulesOfMain(isAloneHere: boolean): Rule[] {
  return [
    { type: "deletion" },
    { type: "non_fast_forward" },
    {
      type: "pull_request",
      parameters: {
        required_approving_review_count: isAloneHere ? 0 : 1,
        require_code_owner_review: !isAloneHere,
        require_last_push_approval: !isAloneHere,
        dismiss_stale_reviews_on_push: true,
      },
      otherwise: { required_review_thread_resolution: false },
    },
    {
      type: "required_status_checks",
      parameters: {
        required_status_checks: requiredChecks.map((context) => ({ context, integration_id: gitHubActionsApp })),
      },
      otherwise: { strict_required_status_checks_policy: false },
    },
  ];
}
