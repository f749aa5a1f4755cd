import type { Changes } from "../mutation";

/** What an account is prepared with: who may deploy, preview and build, and what they may never do. */
export const pipelines: Changes = {
  "bootstrap/Pulumi.yaml": [
    ["  accountId:\n    type: string\n", '  accountId:\n    type: string\n    default: "123456789012"\n', "an account that nobody has named is prepared"],
    ["name: accounts-bootstrap\n", "name: accounts\n", "the account's own state is where a stack's pipeline writes"],
    ["    tsconfig: ../tsconfig.json\n", "", "nothing compiles, or by other rules than those that are checked"],
  ],
  "bootstrap/document.ts": [
    ["Object.assign({}, ...conditions.map((condition) => condition[operator]))", "conditions.findLast((condition) => operator in condition)?.[operator]",
      "of two conditions with the same operator the first is lost"],
    ['return { StringEquals: tags("Resource", stack) };', 'return { StringEqualsIfExists: tags("Resource", stack) };', "a pipeline changes what has no tags"],
    ['[`aws:${of}Tag/Project`]: "accounts", ', "", "a pipeline changes another project's things, of a stack with the same name"],
    ['return { StringEquals: tags("Request", stack) };', 'return { StringEquals: tags("Resource", stack) };', "nothing can be made, since it has no tags yet"],
  ],
  "bootstrap/role.ts": [
    ["    permissionsBoundary: args.permissionsBoundary?.arn,\n", "", "nothing holds the role that deploys"],
  ],
  "bootstrap/pipelines.ts": [
    ["guard(stack)),\n    }, this);", "boundary(stack)),\n    }, this);", "the role that deploys may do no more than a task"],
    [", ...neverInPreviews(stack)],", "],", "a pull request reads what somebody lets previews read one day"],
    ['trust: trustOf("deploy", stack, account, identity)', 'trust: trustOf("preview", stack, account, identity)', "a pull request's code deploys"],
    ['stateRights("preview", stack, keys)', 'stateRights("deploy", stack, keys)', "a pull request writes the state"],
    ["secretsKeyArn: this.secretsKey(name)", 'secretsKeyArn: this.secretsKey("all")', "two stacks want the same key"],
    ["sessionSeconds: deploySessionSeconds", "sessionSeconds: previewSessionSeconds", "the credentials end in the middle of a restore"],
  ],
  "bootstrap/trust.ts": [
    [":job_workflow_ref`]", ":workflow_ref`]", "a workflow of the main branch may call one that is not"],
    ['...duty === "deploy" && onMain', '...duty === "preview" && onMain', "any branch deploys"],
    ["onMain(repository, [deployWorkflow])", "onMain(repository, upWorkflows)", "an update that needs no new image may push one"],
  ],
  "bootstrap/identity.ts": [
    ["{ parent: this, protect: true }", "{ parent: this }", "a refactoring locks all pipelines out"],
  ],
  "bootstrap/images.ts": [
    ['    Condition: { ArnLike: { "aws:PrincipalArn": roleArns(stack, ...roles) } },\n', "", "every role of the other account pulls the images"],
    ["forceDelete: false,\n    }, { parent: this, protect: true });", "forceDelete: false,\n    }, { parent: this });", "a refactoring deletes all images"],
  ],
  "bootstrap/account.ts": [
    ["stack.name.startsWith(`${other.name}-`)", "stack.name === `${other.name}-`", "the pipeline of dev changes the stack dev-eu"],
    ["[stack.region === place.region,", "[true,", "the pipeline of a stack in another region has no rights there"],
  ],
  "bootstrap/config.ts": [
    ["!read[key].startsWith(ofThisAccount)", '!read[key].startsWith("arn:aws:iam::")', "roles trust what another account says"],
  ],
  "bootstrap/state.ts": [
    ['versioningConfiguration: { status: "Enabled" }', 'versioningConfiguration: { status: "Suspended" }', "a state that was written over is lost"],
    ["{ bucket: stateBucket(account) }, { parent: this, protect: true }", "{ bucket: stateBucket(account) }, { parent: this }", "a refactoring deletes all states"],
  ],
  "bootstrap/build.ts": [
    ["sessionSeconds: 3600", "sessionSeconds: 43_200", "who takes a token of a build may push for half a day"],
  ],
  "bootstrap/index.ts": [
    ["  allowedAccountIds: [account.accountId],\n", "", "another account is prepared, and trusts this repository"],
    ['Project: "accounts-bootstrap"', 'Project: "accounts"', "a pipeline's rights are to the account's keys as well"],
  ],
  "bootstrap/rights/boundary.ts": [
    [',\n      { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } })', ")", "a role of the stack passes others to any service"],
    [',\n      { ArnEquals: { "ecs:cluster": arns("ecs", stack, `cluster/accounts-${name}`) } })', ")", "a role of the stack starts tasks in any cluster"],
    ['arns("kms", stack, "key/*"), owned(stack),', 'arns("kms", stack, "key/*"),', "a role of the stack uses every key"],
  ],
  "bootstrap/rights/build.ts": [
    ["arns(\"ecr\", account, `repository/${imageRepository}`)", 'arns("ecr", account, "repository/*")', "a build pushes into the repositories of stacks"],
  ],
  "bootstrap/rights/data.ts": [
    ['...stack.keepsData ? [] : ["kms:ScheduleKeyDeletion"]', '"kms:ScheduleKeyDeletion"', "prod's pipeline deletes the key, if its guard is taken away"],
    [', Bool: { "kms:GrantIsForAWSResource": "true" } }', " }", "a pipeline lets anybody use its key"],
    ['{ BoolIfExists: { "secretsmanager', '{ Bool: { "secretsmanager', "prod's pipeline cannot take down a secret in the usual way"],
    ['secrets, stack.keepsData\n      ? { BoolIfExists: { "secretsmanager:ForceDeleteWithoutRecovery": "false" } } : {})', "secrets)", "prod's pipeline deletes secrets for good"],
    ['], keys, owned(stack)),\n    allow("EncryptWithKey"', '], keys, ownedOrNew(stack)),\n    allow("EncryptWithKey"', "a pipeline changes the policy of keys without tags"],
    ["...stack.keepsData ? [] : [\n      allow", "...[\n      allow", "prod's pipeline empties the bucket of its log of access, if its guard is taken away"],
    ["`snapshot:accounts-${name}-*`, `snapshot:rds:accounts-${name}-*`", "`snapshot:accounts-*`, `snapshot:rds:accounts-*`", "dev's pipeline makes a database of prod's data"],
  ],
  "bootstrap/rights/guard.ts": [
    ["    ...stack.keepsData ? [dataStays(stack)] : [],\n", "", "prod's pipeline deletes data, once somebody gives it the right"],
    ['"rds:ModifyDBSnapshotAttribute", ', "", "prod's pipeline shares its data with any account, once somebody gives it the right"],
    ['"rds:DeleteDBInstanceAutomatedBackup", "rds:DeleteDBSnapshot",', '"rds:DeleteDBSnapshot",', "prod's pipeline deletes backups, once somebody gives it the right"],
    ['"s3:DeleteObjectVersion*", ', "", "a pipeline deletes what its state was, once somebody gives it the right"],
    [', "s3:PutLifecycleConfiguration"],\n      Resource: [state', "],\n      Resource: [state", "a pipeline lets all states go by themselves, once somebody gives it the right"],
    ['"ecr:SetRepositoryPolicy", ', "", "a pipeline lets anybody pull the images, once somebody gives it the right"],
    ['    keysOf("Stack", name, stack),\n', "", "dev's pipeline changes the policy of prod's key, once somebody gives it the right"],
    ['Null: { [`aws:ResourceTag/${tag}`]: "false" }', 'Null: { [`aws:ResourceTag/${tag}`]: "true" }', "keys of others are not held, and new ones are"],
  ],
  "bootstrap/rights/network.ts": [
    ['arns("ec2", stack, "*"), owned(stack))', 'arns("ec2", stack, "*"), ownedOrNew(stack))', "a pipeline changes networks without tags"],
    [',\n      { StringEquals: { "ec2:CreateAction": makes.map((action) => action.replace("ec2:", "")) } })', ")", "a pipeline makes another stack's network its own, by its tags"],
  ],
  "bootstrap/rights/preview.ts": [
    ['"secretsmanager:BatchGetSecretValue", ', "", "a pull request reads secrets, once somebody gives previews the right"],
    ['"s3:GetObject", "s3:GetObjectVersion"', '"s3:GetObject"', "a pull request reads old states of others, once somebody gives previews the right"],
  ],
  "bootstrap/rights/read.ts": [
    ["regional/webacl/accounts-${stack.name}-*/*", "regional/webacl/*", "a pipeline takes away another stack's web firewall"],
    ["rule/${stack.name}-monitoring-*", "rule/${stack.name}*", "the pipeline of dev changes the events of dev2"],
    ["`schedule/${group}/${group}`", "`schedule/*/*`", "a pipeline changes everybody's schedules"],
    ["/aws/rds/instance/accounts-${name}-*", "/aws/rds/instance/accounts-${name}*", "the pipeline of dev deletes the logs of dev2"],
  ],
  "bootstrap/rights/service.ts": [
    ["{ StringEquals: { \"iam:PermissionsBoundary\"", "{ StringEqualsIfExists: { \"iam:PermissionsBoundary\"", "a pipeline makes roles without a boundary"],
    ['allow("RunTasks", ["ecs:RunTask"], definitions, inCluster)', 'allow("RunTasks", ["ecs:RunTask"], definitions)', "a pipeline starts its tasks in another stack's cluster"],
    ["log-group:/accounts/${stack.name}/migration*", "log-group:/accounts/${stack.name}/*", "a pipeline reads users in the service's log"],
  ],
  "bootstrap/rights/state.ts": [
    ['"s3:DeleteObject", "s3:PutObject"]', '"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"]', "what the state was can be deleted"],
    ["keyArn, throughS3)", "keyArn)", "a pipeline decrypts by hand with the key of state"],
    ["`stacks/accounts/${stack}.json*`", "`stacks/accounts/${stack}*`", "the pipeline of dev writes the state of dev2"],
  ],
  "bootstrap/rights/watch.ts": [
    ['{ "ForAllValues:StringLike": { "cloudwatch:AlarmActions": topics } }', '{ "ForAnyValue:StringLike": { "cloudwatch:AlarmActions": topics } }', "an alarm that calls the topic may stop instances as well"],
    ['...stack.domainName === "" ? [] : domainRights(stack)', "...domainRights(stack)", "a pipeline without a domain changes every zone of the account"],
    [',\n      { "ForAllValues:StringEquals": { "acm:DomainNames": [domainName] } })', ")", "a pipeline has certificates made of every name in the account"],
    ["[domainName, `_*.${domainName}`]", "[domainName, `*${domainName}`]", "a pipeline takes over names that end alike"],
  ],
};
