import {
  DescribeSecretCommand, GetSecretValueCommand, InvalidParameterException, PutSecretValueCommand,
  ResourceNotFoundException, SecretsManagerClient, UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import type { Static, TSchema } from "typebox";

import { ajv } from "./validation.ts";

export type Stage = "AWSCURRENT" | "AWSPENDING";

/** One value that a secret has or had, and the id that Secrets Manager knows it by. */
export interface Version<T> {
  readonly id: string;
  readonly value: T;
}

export interface StoredVersion<T> extends Version<T> {
  /** When the value was put there; AWS's SDK does not promise it. */
  readonly createdAt: Date | undefined;
}

/** A secret that is missing, empty or not what it should be. The message never holds a secret's value. */
export class SecretError extends Error {
  override readonly name = "SecretError";
}

/** The part of Secrets Manager that this service uses. Values are JSON and checked against a schema. */
export class Secrets {
  readonly #client: SecretsManagerClient;
  #failures = 0;

  constructor(region: string) {
    // The SDK waits for ever by default.
    this.#client = new SecretsManagerClient({
      region,
      maxAttempts: 3,
      requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
    });
  }

  /** Reads without a usable value since the start. */
  get failures(): number {
    return this.#failures;
  }

  async read<T extends TSchema>(schema: T, arn: string): Promise<Static<T>> {
    return (await this.readVersion(schema, arn)).value;
  }

  async readVersion<T extends TSchema>(schema: T, arn: string): Promise<StoredVersion<Static<T>>> {
    const version = await this.findVersion(schema, arn, "AWSCURRENT");
    if (version === undefined) {
      this.#failures += 1;
      throw new SecretError(`the secret ${arn} does not exist, or has no value before the migration writes one`);
    }
    return version;
  }

  /** Returns undefined when no version of the secret is at this stage. */
  async find<T extends TSchema>(schema: T, arn: string): Promise<Static<T> | undefined> {
    return (await this.findVersion(schema, arn, "AWSCURRENT"))?.value;
  }

  /** The same at any stage, with the version's id, by which `promote` wants it. */
  async findVersion<T extends TSchema>(
    schema: T, arn: string, stage: Stage,
  ): Promise<StoredVersion<Static<T>> | undefined> {
    try {
      const command = new GetSecretValueCommand({ SecretId: arn, VersionStage: stage });
      const { SecretString, VersionId, CreatedDate } = await this.#client.send(command);
      return { id: VersionId ?? "", value: parse(schema, arn, SecretString), createdAt: CreatedDate };
    } catch (error) {
      if (error instanceof ResourceNotFoundException) {
        return undefined;
      }
      this.#failures += 1;
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

  /** Puts the next value beside the current one, which callers still get, and returns the id of its version. */
  async stage(arn: string, value: object): Promise<string> {
    const { VersionId } = await this.#client.send(new PutSecretValueCommand({
      SecretId: arn, SecretString: JSON.stringify(value), VersionStages: ["AWSPENDING" satisfies Stage],
    }));
    return VersionId ?? "";
  }

  /** Makes the version `to` the current one, unless `from` no longer is: nobody's change is written over. */
  async promote(arn: string, from: string, to: string): Promise<void> {
    try {
      await this.#client.send(new UpdateSecretVersionStageCommand({
        SecretId: arn, VersionStage: "AWSCURRENT" satisfies Stage, RemoveFromVersionId: from, MoveToVersionId: to,
      }));
    } catch (error) {
      if (!(error instanceof InvalidParameterException)) {
        throw error;
      }
      // After a lost answer the SDK asks again, and is told that `from` is not the current version any more.
      const { VersionId } = await this.#client.send(new GetSecretValueCommand({ SecretId: arn }));
      if (VersionId !== to) {
        throw new SecretError(`the secret ${arn} was changed by somebody else in the meantime, and is left as they made it;`
          + " run this again");
      }
    }
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
  if (!ajv.validate(schema, value)) {
    const { instancePath, message } = ajv.errors?.[0] ?? {};
    throw new SecretError(`the secret ${arn} has the wrong form: ${instancePath || "its value"} ${message}`);
  }
  return value as Static<T>;
}
