import * as assert from "node:assert/strict";

import { only, planOf, statements } from "../plans";

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

  describe("lets the key be used by", () => {
    const bySid = async (sid: string) => {
      const found = statements(only(await planOf("dev"), keyType).inputs["policy"]).filter(({ Sid }) => Sid === sid);
      assert.equal(found.length, 1);
      return found[0];
    };

    it("whom IAM of this account allows, without which nobody could ever change the key again", async () => {
      assert.deepEqual(await bySid("IamOfThisAccount"), {
        Sid: "IamOfThisAccount",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::123456789012:root" },
        Action: "kms:*",
        Resource: "*",
      });
    });

    it("CloudWatch Logs, for log groups of this account and region only", async () => {
      assert.deepEqual(await bySid("LogGroupsOfThisAccount"), {
        Sid: "LogGroupsOfThisAccount",
        Effect: "Allow",
        Principal: { Service: "logs.eu-west-1.amazonaws.com" },
        Action: ["kms:Decrypt", "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        Resource: "*",
        Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:123456789012:log-group:*" } },
      });
    });

    it("CloudWatch's alarms of this account, which could not publish to their topic otherwise", async () => {
      assert.deepEqual(await bySid("AlarmsToTheirTopic"), {
        Sid: "AlarmsToTheirTopic",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: "*",
        Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
      });
    });

    it("nobody else", async () => {
      assert.equal(statements(only(await planOf("dev"), keyType).inputs["policy"]).length, 3);
    });
  });
});
