import * as assert from "node:assert/strict";

import { looksSecret } from "../../policy/secret-looking";

describe("what looks like a secret", () => {
  const names = [
    "DATABASE_PASSWORD", "DATABASE_PASSWD", "SESSION_SECRET", "GITHUB_TOKEN", "SIGNING_PRIVATE_KEY", "signing-private-key",
    "API_KEY", "API_KEYS", "apikey", "AWS_ACCESS_KEY_ID", "CREDENTIAL", "aws.credentials", "/accounts/dev/token/1a2b",
  ];
  for (const name of names) {
    it(`does so by its name, whatever it is: ${name}`, () => {
      for (const value of ["x", "a:b", "https://example.com", undefined]) {
        assert.equal(looksSecret(name, value), true, value);
      }
    });
  }

  const values = [
    "AKIAIOSFODNN7EXAMPLE", "-----BEGIN PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
    "postgres://me:x@host/db", "https://:x@example.com",
  ];
  for (const value of values) {
    it(`does so by itself, whatever it is called: ${JSON.stringify(value)}`, () => {
      assert.equal(looksSecret("SOMETHING", value), true);
    });
  }

  const others: [name: string, value?: string][] = [
    ["API_KEYS_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys"],
    ["KEEP_ALIVE_TIMEOUT_SECONDS", "72"], ["TOKENIZER"], ["PUBLIC_KEY"], ["SECRETARY"],
    ["DATABASE_URL", "postgres://me@host:5432/db"], ["CORS_ORIGINS", "https://app.example.com:8443"],
    ["CERTIFICATE", "-----BEGIN CERTIFICATE-----"], ["IMAGE", "registry/accounts@sha256:0000"],
  ];
  for (const [name, value] of others) {
    it(`is not this: ${name} ${value ?? ""}`, () => {
      assert.equal(looksSecret(name, value), false);
    });
  }
});
