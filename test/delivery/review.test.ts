import { strict as assert } from "node:assert";

import { changeOf, type ChangeArgs } from "../../delivery/report/changes";
import { code, block } from "../../delivery/report/markdown";
import { review } from "../../delivery/report/review";

const database = "accounts:infra:Database$aws:rds/instance:Instance::database-1";

const update = (urn: string, from: ChangeArgs["from"], to: ChangeArgs["to"]) => changeOf({ urn, operation: "update", from, to });

const reviewOf = (...changes: Parameters<typeof review>[0]["changes"]) =>
  review({ head: ["## head"], changes, whereAll: "the log has it" });

describe("what a review says", () => {
  const dangers: [what: string, change: ChangeArgs, said: RegExp | undefined][] = [
    ["a database that is replaced",
      { urn: database, operation: "replace", replacedBecause: ["username"] },
      /`database-1` .+would be replaced by an empty one\*\* because of `username`, and deleted .+: users' data/],
    ["a key that is deleted",
      { urn: "accounts:infra:Encryption$aws:kms/key:Key::encryption", operation: "delete" }, /would be deleted\*\* .+: the key to/],
    ["a key that Pulumi forgets",
      { urn: "accounts:infra:Encryption$aws:kms/key:Key::encryption", operation: "release" }, /given up\*\*: it stays in AWS/],
    ["a protection that goes", { urn: database, operation: "update", from: { "(protect)": true }, to: {} }, /`\(protect\)` goes off/],
    ["a deletion protection that goes",
      { urn: database, operation: "update", from: { deletionProtection: true }, to: { deletionProtection: false } },
      /`deletionProtection` goes off/],
    ["a final snapshot that is left out",
      { urn: database, operation: "update", from: {}, to: { skipFinalSnapshot: true } }, /`skipFinalSnapshot` goes on/],
    ["shorter backups",
      { urn: database, operation: "update", from: { backupRetentionPeriod: 14 }, to: { backupRetentionPeriod: 0 } },
      /`backupRetentionPeriod` goes from 14 to 0/],
    ["longer backups",
      { urn: database, operation: "update", from: { backupRetentionPeriod: 1 }, to: { backupRetentionPeriod: 14 } }, undefined],
    ["a protection that comes", { urn: database, operation: "update", from: {}, to: { "(protect)": true } }, undefined],
    ["a new database", { urn: database, operation: "create", to: { skipFinalSnapshot: true } }, undefined],
    ["a parameter that is deleted", { urn: "aws:ssm/parameter:Parameter::a", operation: "delete" }, undefined],
  ];
  for (const [what, change, said] of dangers) {
    it(`is ${said === undefined ? "not " : ""}that ${what} is dangerous`, () => {
      const box = /> \[!CAUTION\]\n(?:>.*\n)+/.exec(reviewOf(changeOf(change)))?.[0];

      if (said === undefined) {
        assert.equal(box, undefined);
      } else {
        assert.match(box ?? "nothing is called dangerous", said);
      }
    });
  }

  it("names what loses users' data before what loses logs", () => {
    const gone = (urn: string) => changeOf({ urn, operation: "delete" });
    const text = reviewOf(gone("aws:cloudwatch/logGroup:LogGroup::log"), gone(database));

    assert.ok(text.indexOf("`database-1` (rds") < text.indexOf("`log` (cloudwatch"), text);
  });

  const allowed = { Sid: "One", Effect: "Allow", Action: ["a:Get"], Resource: "x" };
  const statement = (more: object) => ({ policy: { Statement: [{ ...allowed, ...more }] } });
  const policy = "accounts:infra:Service$aws:iam/rolePolicy:RolePolicy::service-task";
  const openings: [what: string, change: ChangeArgs, said: RegExp | undefined][] = [
    ["a rule for the whole internet",
      { urn: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule::in", operation: "create", to: { cidrIpv4: "0.0.0.0/0" } },
      /lets the whole internet in or out: `cidrIpv4`/],
    ["a rule for a network",
      { urn: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule::in", operation: "create", to: { cidrIpv4: "10.0.0.0/8" } }, undefined],
    ["a rule that goes",
      { urn: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule::in", operation: "delete", from: { cidrIpv4: "0.0.0.0/0" } }, undefined],
    ["an action more",
      { urn: policy, operation: "update", from: statement({}), to: statement({ Action: ["a:Get", "a:Put"] }) },
      /`service-task` \(iam RolePolicy\) lets more be done: `a:Put` in `policy.Statement.One.Action`/],
    ["a wider resource",
      { urn: policy, operation: "update", from: statement({}), to: statement({ Resource: "*" }) }, /lets more be done: `\*`/],
    ["a condition less",
      { urn: policy, operation: "update", from: statement({ Condition: { Bool: { a: "b" } } }), to: statement({}) }, /without Condition/],
    ["a refusal less",
      { urn: policy, operation: "update", from: statement({ Effect: "Deny" }), to: { policy: { Statement: [] } } }, /without One/],
    ["an action less",
      { urn: policy, operation: "update", from: statement({ Action: ["a:Get", "a:Put"] }), to: statement({}) }, undefined],
    ["a new role that a service may take",
      { urn: "aws:iam/role:Role::a", operation: "create", to: { assumeRolePolicy: { Statement: [{
        Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ecs-tasks.amazonaws.com" },
      }] } } }, /lets more be done: `ecs-tasks.amazonaws.com`/],
    ["what is not known yet", { urn: policy, operation: "update", from: statement({}), to: { policy: "(known after the update)" } }, undefined],
  ];
  for (const [what, change, said] of openings) {
    it(`is ${said === undefined ? "not " : ""}to look at ${what}`, () => {
      const box = /> \[!WARNING\]\n(?:>.*\n)+/.exec(reviewOf(changeOf(change)))?.[0];

      if (said === undefined) {
        assert.equal(box, undefined);
      } else {
        assert.match(box ?? "nothing is to be looked at", said);
      }
    });
  }

  it("counts, the worst first", () => {
    const text = reviewOf(update(database, { a: 1 }, { a: 2 }));

    const list = "**Database**\n\n- **change** `database-1` (rds Instance)\n  - `a` `1` → `2`";
    assert.ok(text.startsWith(`## head\n\n${list}\n\n<details>`), text);
  });

  it("tells as one what changes in the same way everywhere", () => {
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    const tags = (owner: string) => ({ tagsAll: { Owner: owner } });
    const text = reviewOf(...names.map((name) => update(`aws:s3/bucket:Bucket::${name}`, tags("x"), tags("y"))));

    assert.match(text, /\*\*7 resources in the same way\*\*\n\n- `a` .+ and 1 more\n {2}- `tagsAll.Owner` `x` → `y`\n/);
    assert.equal(text.match(/@@ change/g)?.length, 7);
  });

  it("puts last what only follows, with what is not known", () => {
    const text = reviewOf(
      update("accounts:infra:Service$aws:ecs/service:Service::service", { taskDefinition: "arn" }, { taskDefinition: "(known after the update)" }),
      update(database, { a: 1 }, { a: 2 }),
    );

    assert.ok(text.indexOf("**Follows from that**") > text.indexOf("`database-1`"), text);
    assert.match(text, /not known before the update\n\n- \*\*change\*\* `service` \(ecs Service\): `taskDefinition`/);
  });

  it("folds the components where there are many, and everything is still there", () => {
    const text = reviewOf(...Array.from({ length: 30 }, (_, index) => changeOf({ urn: `aws:s3/bucket:Bucket::b${index}`, operation: "create", to: { a: index } })));

    assert.match(text, /<details><summary><b>Program<\/b>: 30 to create<\/summary>/);
    assert.match(text, /- \*\*create\*\* `b29`/);
  });

  it("shows of long values what they do not have in common", () => {
    const digest = (end: string) => `123456789012.dkr.ecr.eu-west-1.amazonaws.com/accounts@sha256:${"a".repeat(40)}${end}`;

    assert.match(reviewOf(update(database, { image: digest("1") }, { image: digest("2") })), /`image` `…a{10}1` → `…a{10}2`/);
  });

  it("fits into a comment whatever there is, and says where the rest is", () => {
    const changes = Array.from({ length: 1500 }, (_, index) => update(`aws:s3/bucket:Bucket::bucket-${index}`, { a: "x".repeat(50) }, { a: `y${index}` }));
    const text = reviewOf(...changes);

    assert.ok(text.length <= 60_000, String(text.length));
    assert.match(text, /more do not fit into a comment: the log has it/);
    assert.equal(text.match(/<details>/g)?.length, text.match(/<\/details>/g)?.length, "a frame that is not closed");
  });

  it("says where the rest of the full difference is", () => {
    const text = reviewOf(update(database, { a: "x".repeat(80_000) }, { a: "y" }));

    assert.ok(text.length <= 60_000, String(text.length));
    assert.match(text, /@@ 2 lines more do not fit into a comment: the log has it @@\n```\n\n<\/details>\n$/);
  });
});

describe("a value in Markdown", () => {
  const rows: [what: string, text: string, shown: string][] = [
    ["a word", "db.t4g.micro", "`db.t4g.micro`"],
    ["a mention", "@octocat #1", "`@octocat #1`"],
    ["back-ticks", "a`b``c", "``` a`b``c ```"],
    ["what is nothing to see", "", '`""`'],
    ["blanks around it", " a ", '`" a "`'],
    ["lines", "a\nb\tc", "`a\\nb\\tc`"],
    ["a change of direction, by which a text can lie", "a\u202eb", "`a\\u{202e}b`"],
    ["HTML", "</details><img src=x>", "`</details><img src=x>`"],
  ];
  for (const [what, text, shown] of rows) {
    it(`is shown as it is: ${what}`, () => assert.equal(code(text), shown));
  }

  it("cannot end the frame it stands in", () => {
    assert.equal(block(["a", "```", "@octocat", "\u0007"], "diff"), "````diff\na\n```\n@octocat\n\\u{7}\n````");
  });
});
