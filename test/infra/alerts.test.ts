import * as assert from "node:assert/strict";

import type { Plan } from "../../offline/render";
import { all, only, planOf, statements } from "../example/plans";

const topicType = "aws:sns/topic:Topic";
const subscriptionType = "aws:sns/topicSubscription:TopicSubscription";

const policyOf = (plan: Plan) => only(plan, "aws:sns/topicPolicy:TopicPolicy").inputs;

describe("Alerts", () => {
  it("encrypts the topic with the key", async () => {
    const plan = await planOf("dev");
    assert.deepEqual(only(plan, topicType).inputs, { kmsMasterKeyId: only(plan, "aws:kms/key:Key").state["arn"] });
  });

  it("sends mail to accounts:alarmEmail", async () => {
    const plan = await planOf("prod");
    assert.deepEqual(only(plan, subscriptionType).inputs, {
      topic: only(plan, topicType).state["arn"],
      protocol: "email",
      endpoint: "oncall@example.com",
    });
  });

  it("sends no mail when accounts:alarmEmail is empty, where that is allowed", async () => {
    assert.deepEqual(all(await planOf("dev"), subscriptionType), []);
  });

  describe("lets publish to its topic, which SNS's own policy would not:", () => {
    const publish = { Effect: "Allow", Action: "sns:Publish" };
    const ofThisAccount = { Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } } };
    const publishers: [title: string, sid: string, service: string, condition: object][] = [
      ["alarms of this account", "AlarmsOfThisAccount", "cloudwatch", ofThisAccount],
      ["events of this account's databases", "DatabaseEventsOfThisAccount", "events.rds", ofThisAccount],
      ["EventBridge, without a condition, because AWS supports none on an encrypted topic", "Events", "events", {}],
    ];
    for (const [title, Sid, service, condition] of publishers) {
      it(title, async () => {
        const plan = await planOf("prod");
        const found = statements(policyOf(plan)["policy"]).filter((statement) => statement.Sid === Sid);
        const Resource = only(plan, topicType).state["arn"];
        assert.deepEqual(found, [{ Sid, ...publish, Principal: { Service: `${service}.amazonaws.com` }, Resource, ...condition }]);
      });
    }
  });

  it("is administered by IAM of this account, and lets nothing be published in plain", async () => {
    const plan = await planOf("prod");
    const { arn, policy } = policyOf(plan);
    const Resource = only(plan, topicType).state["arn"];
    assert.equal(arn, Resource);
    const others = statements(policy).filter(({ Principal }) => typeof Principal === "string" || !Principal?.["Service"]);
    assert.deepEqual(others, [
      {
        Sid: "IamOfThisAccount",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::123456789012:root" },
        Action: [
          "sns:AddPermission", "sns:DeleteTopic", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:Publish",
          "sns:RemovePermission", "sns:SetTopicAttributes", "sns:Subscribe",
        ],
        Resource,
      },
      {
        Sid: "NothingInPlain",
        Effect: "Deny",
        Principal: "*",
        Action: "sns:Publish",
        Resource,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ]);
  });

  it("names nobody else", async () => {
    assert.equal(statements(policyOf(await planOf("prod"))["policy"]).length, 5);
  });
});
