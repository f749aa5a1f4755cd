import * as assert from "node:assert/strict";

import { all, list, only, planOf, statements } from "../example/plans";

const keyType = "aws:kms/key:Key";

describe("Encryption", () => {
  it("makes a key that rotates and, in dev, is gone after a week", async () => {
    const { policy, ...inputs } = only(await planOf("dev"), keyType).inputs;
    assert.equal(typeof policy, "string");
    assert.deepEqual(inputs, {
      description: "accounts-dev: database, secrets, logs and alarms",
      enableKeyRotation: true,
      deletionWindowInDays: 7,
    });
  });

  it("keeps prod's key for a month, because nothing it encrypts can be read without it", async () => {
    assert.equal(only(await planOf("prod"), keyType).inputs["deletionWindowInDays"], 30);
  });

  it("protects and retains prod's key, because snapshots outlive the stack", async () => {
    const { protect, retainOnDelete } = only(await planOf("prod"), keyType).options;
    assert.deepEqual({ protect, retainOnDelete }, { protect: true, retainOnDelete: true });
  });

  it("lets dev's key go with its stack", async () => {
    const { protect, retainOnDelete } = only(await planOf("dev"), keyType).options;
    assert.deepEqual({ protect, retainOnDelete }, { protect: false, retainOnDelete: false });
  });

  it("gives the key a name that a person can type", async () => {
    const plan = await planOf("dev");
    assert.deepEqual(only(plan, "aws:kms/alias:Alias").inputs, {
      name: "alias/accounts-dev",
      targetKeyId: "encryption-id",
    });
  });

  for (const stack of ["dev", "prod"]) {
    describe(`lets ${stack}'s key be used by`, () => {
      const bySid = async (sid: string) => {
        const found = statements(only(await planOf(stack), keyType).inputs["policy"]).filter(({ Sid }) => Sid === sid);
        assert.equal(found.length, 1, sid);
        return found[0];
      };
      const publish = { Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey*"], Resource: "*" };
      const ofThisAccount = { StringEquals: { "aws:SourceAccount": "123456789012" } };

      it("whom IAM of this account allows, without which nobody could ever change the key again", async () => {
        assert.deepEqual(await bySid("IamOfThisAccount"), {
          Sid: "IamOfThisAccount",
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::123456789012:root" },
          Action: "kms:*",
          Resource: "*",
        });
      });

      it("CloudWatch Logs, for log groups of this stack only", async () => {
        const group = (name: string) => `arn:aws:logs:eu-west-1:123456789012:log-group:${name}`;
        assert.deepEqual(await bySid("LogGroupsOfThisStack"), {
          Sid: "LogGroupsOfThisStack",
          Effect: "Allow",
          Principal: { Service: "logs.eu-west-1.amazonaws.com" },
          Action: ["kms:Decrypt", "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
          Resource: "*",
          Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": [
            group(`/accounts/${stack}/*`),
            group(`/aws/rds/instance/accounts-${stack}-*/*`),
            group(`/aws/ecs/containerinsights/accounts-${stack}/performance`),
            group(`aws-waf-logs-accounts-${stack}`),
          ] } },
        });
      });

      it("CloudWatch's alarms of this account, which could not publish to their topic otherwise", async () => {
        assert.deepEqual(await bySid("AlarmsToTheirTopic"), {
          Sid: "AlarmsToTheirTopic", ...publish, Principal: { Service: "cloudwatch.amazonaws.com" }, Condition: ofThisAccount,
        });
      });

      it("RDS's events of this account, for the same reason", async () => {
        assert.deepEqual(await bySid("DatabaseEventsToTheirTopic"), {
          Sid: "DatabaseEventsToTheirTopic", ...publish, Principal: { Service: "events.rds.amazonaws.com" },
          Condition: ofThisAccount,
        });
      });

      it("EventBridge without a condition, because AWS supports none there and would deliver nothing", async () => {
        assert.deepEqual(await bySid("EventsToTheirTopic"), {
          Sid: "EventsToTheirTopic", ...publish, Principal: { Service: "events.amazonaws.com" },
        });
      });

      it("nobody else", async () => {
        assert.equal(statements(only(await planOf(stack), keyType).inputs["policy"]).length, 5);
      });

      describe("log groups, as IAM reads the patterns:", () => {
        /** Whether the service may use the key for a log group. */
        const usable = async (name: string) => {
          const patterns = (await bySid("LogGroupsOfThisStack"))?.Condition?.["ArnLike"]?.["kms:EncryptionContext:aws:logs:arn"];
          const arn = `arn:aws:logs:eu-west-1:123456789012:log-group:${name}`;
          return list(patterns ?? []).some((pattern) => new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(arn));
        };

        it("each one that says the key is its own", async () => {
          const groups = all(await planOf(stack), "aws:cloudwatch/logGroup:LogGroup");
          assert.notEqual(groups.length, 0);
          const refused = [];
          for (const { name, inputs } of groups) {
            refused.push(...await usable(inputs["name"]) ? [] : [name]);
          }
          assert.deepEqual(refused, [], "AWS would refuse to make these");
        });

        it("none of another stack, and none of somebody else", async () => {
          const others = ["/accounts/other/service", `/accounts/${stack}2/service`, "/aws/lambda/other", "aws-waf-logs-accounts-other",
            `/aws/rds/instance/accounts-${stack}2-1/postgresql`];
          for (const name of others) {
            assert.equal(await usable(name), false, name);
          }
        });
      });
    });
  }
});
