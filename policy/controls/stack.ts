import * as aws from "@pulumi/aws";
import type { ResourceValidation } from "@pulumi/policy";

import { each, must, mustNot, unless, type Controls, type Verdict } from "../control";
import { instances } from "../instances";
import { defaultTags } from "../kept-data";

/** The stack as a whole: where it may be, and how it ends. */
export const stack = {
  "own-account": {
    title: "The stack refuses credentials of another account",
    severity: "high",
    where: "everywhere",
    resource: [provider(({ allowedAccountIds = "[]" }) =>
      unless(/\d{12}/.test(JSON.stringify(allowedAccountIds)), "allowedAccountIds must name the account"))],
  },
  "data-tag": {
    title: "Everything says whether its environment keeps its data",
    severity: "medium",
    where: "everywhere",
    resource: [provider((props, tags) => must({ "defaultTags.tags.Data": tags?.["Data"] }, "kept", "disposable"))],
  },
  "protected": {
    title: "Pulumi refuses to delete or replace what holds data",
    severity: "high",
    where: "keptData",
    resource: [
      each(aws.kms.Key, (_, { opts: { protect } }) => must({ protect }, true)),
      each(aws.secretsmanager.Secret, (_, { opts: { protect } }) => must({ protect }, true)),
      each(aws.ecr.Repository, (_, { opts: { protect } }) => must({ protect }, true)),
      each(aws.s3.Bucket, (_, { opts: { protect } }) => must({ protect }, true)),
    ],
    stack: instances(({ resource: { opts: { protect } } }) => must({ protect }, true)),
  },
  "goes-at-once": {
    title: "What keeps no data goes with one destroy, and can be made again at once",
    severity: "low",
    where: "disposableData",
    resource: [
      each(aws.rds.Instance, ({ skipFinalSnapshot }) => must({ skipFinalSnapshot }, true)),
      each(aws.lb.LoadBalancer, ({ enableDeletionProtection }) => mustNot({ enableDeletionProtection }, true)),
      each(aws.secretsmanager.Secret, ({ recoveryWindowInDays }, { opts: { protect } }) =>
        [must({ recoveryWindowInDays }, 0), mustNot({ protect }, true)].flat()),
      each(aws.ecr.Repository, ({ forceDelete }) => must({ forceDelete }, true)),
      each(aws.s3.Bucket, ({ forceDestroy }) => must({ forceDestroy }, true)),
    ],
    stack: instances(({ props: { deletionProtection }, resource: { opts: { protect } } }) =>
      mustNot({ deletionProtection, protect }, true)),
  },
} satisfies Controls;

type JudgeProvider = (props: Readonly<Record<string, unknown>>, tags?: Record<string, string>) => Verdict;

/** Providers have no class that policies could be bound to. */
function provider(judge: JudgeProvider): ResourceValidation {
  return (resource, report) => {
    if (resource.type !== "pulumi:providers:aws") {
      return resource.notApplicable("only of the AWS provider");
    }
    for (const complaint of [judge(resource.props, defaultTags(resource))].flat()) {
      if (complaint !== undefined) {
        report(complaint);
      }
    }
  };
}
