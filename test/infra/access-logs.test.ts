import * as assert from "node:assert/strict";

import type { Plan } from "../../offline/render";
import { labels, only, planOf, statements } from "../example/plans";

const policyType = "aws:s3/bucketPolicy:BucketPolicy";
const blockType = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const ownershipType = "aws:s3/bucketOwnershipControls:BucketOwnershipControls";
const albType = "awsx:lb:ApplicationLoadBalancer";

describe("accessLogs", () => {
  const bucket = "accounts-prod-load-balancer-logs-000000";
  const s3 = (plan: Plan) => plan.resources.filter(({ type }) => type.startsWith("aws:s3/"));

  it("are none in dev, and no bucket either", async () => {
    const plan = await planOf("dev");
    assert.deepEqual(labels(s3(plan)), []);
    assert.equal("accessLogs" in only(plan, albType).inputs, false);
  });

  it("go in prod to a bucket that nobody deletes by mistake, with or without lines in it", async () => {
    const { inputs, state, options } = only(await planOf("prod"), "aws:s3/bucket:Bucket");
    assert.deepEqual(inputs, { forceDestroy: false });
    assert.equal(options.protect, true);
    assert.equal(state["bucket"], bucket);
  });

  it("go where no data is kept to a bucket that goes with the stack, whatever is in it", async () => {
    const plan = await planOf("dev", { settings: { loadBalancer: { accessLogDays: 90 } } });
    const { inputs, options } = only(plan, "aws:s3/bucket:Bucket");
    assert.deepEqual(inputs, { forceDestroy: true });
    assert.equal(options.protect, false);
  });

  const companions: [what: string, type: string, inputs: object][] = [
    ["is never public", blockType, {
      bucket, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true,
    }],
    ["belongs to its owner, with all that is in it", ownershipType, {
      bucket, rule: { objectOwnership: "BucketOwnerEnforced" },
    }],
    ["is encrypted with S3's own key, because the load balancer can use no other",
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", {
        bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
      }],
    ["forgets after the days of the settings, because paths name users",
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {
        bucket,
        rules: [{
          id: "expire",
          status: "Enabled",
          filter: {},
          expiration: { days: 90 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        }],
      }],
  ];
  for (const [what, type, inputs] of companions) {
    it(`go to a bucket that ${what}`, async () => {
      assert.deepEqual(only(await planOf("prod"), type).inputs, inputs);
    });
  }

  it("are written by Elastic Load Balancing, for load balancers of this account, under its number, and read by TLS", async () => {
    const { inputs } = only(await planOf("prod"), policyType);
    assert.equal(inputs["bucket"], bucket);
    assert.deepEqual(statements(inputs["policy"]), [
      {
        Sid: "LinesOfThisAccount",
        Effect: "Allow",
        Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
        Action: "s3:PutObject",
        Resource: `arn:aws:s3:::${bucket}/AWSLogs/123456789012/*`,
        Condition: { ArnLike: { "aws:SourceArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/*" } },
      },
      {
        Sid: "NothingInPlain",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ]);
  });

  const order: [who: string, first: string, then: string][] = [
    ["the policy waits for the bucket to be closed: S3 refuses both at once", blockType, policyType],
    ["the owner's rule waits for the policy, for the same reason", policyType, ownershipType],
    ["the load balancer waits for the policy: it writes as soon as it knows the bucket", policyType, albType],
  ];
  for (const [who, first, then] of order) {
    it(`come in order: ${who}`, async () => {
      const plan = await planOf("prod");
      assert.ok(only(plan, then).options.dependencies.includes(only(plan, first).urn), `${then} waits for ${first}`);
    });
  }
});
