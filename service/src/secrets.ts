import {
  DescribeSecretCommand, GetSecretValueCommand, PutSecretValueCommand, ResourceNotFoundException, SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { Static, TSchema } from "typebox";

import { ajv } from "./validation.ts";

export type Stage = "AWSCURRENT" | "AWSPENDING";

/** A secret that is missing, empty or not what it should be. The message never holds a secret's value. */
export class SecretError extends Error {
  override readonly name = "SecretError";
}

/** The part of Secrets Manager that this service uses. Values are JSON and checked against a schema. */
export class Secrets {
  readonly #client: SecretsManagerClient;

  constructor(region: string) {
    // The SDK waits for ever by default.
    this.#client = new SecretsManagerClient({
      region,
      maxAttempts: 3,
      requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
    });
  }

  async read<T extends TSchema>(schema: T, arn: string): Promise<Static<T>> {
    const value = await this.find(schema, arn);
    if (value === undefined) {
      throw new SecretError(`the secret ${arn} does not exist, or has no value before the migration writes one`);
    }
    return value;
  }

  /** Returns undefined when no version of the secret is at this stage. */
  async find<T extends TSchema>(schema: T, arn: string, stage: Stage = "AWSCURRENT"): Promise<Static<T> | undefined> {
    try {
      const command = new GetSecretValueCommand({ SecretId: arn, VersionStage: stage });
      const { SecretString } = await this.#client.send(command);
      return parse(schema, arn, SecretString);
    } catch (error) {
      if (error instanceof ResourceNotFoundException) {
        return undefined;
      }
      throw error;
    }
  }

  /** Secrets Manager has one error for "no such secret" and "no value yet"; this tells them apart. */
  async requireExists(arn: string): Promise<void> {
    await this.#client.send(new DescribeSecretCommand({ SecretId: arn }));
  }

  async write(arn: string, value: object): Promise<void> {
    await this.#client.send(new PutSecretValueCommand({ SecretId: arn, SecretString: JSON.stringify(value) }));
  }

  close(): void {
    this.#client.destroy();
  }
}

function parse<T extends TSchema>(schema: T, arn: string, text: string | undefined): Static<T> {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "");
  } catch {
    // JSON.parse quotes the text it could not read, so its message must not be passed on.
    throw new SecretError(`the secret ${arn} must hold JSON`);
  }
  if (!ajv.strict.validate(schema, value)) {
    const { instancePath, message } = ajv.strict.errors?.[0] ?? {};
    throw new SecretError(`the secret ${arn} has the wrong form: ${instancePath || "its value"} ${message}`);
  }
  return value as Static<T>;
}
