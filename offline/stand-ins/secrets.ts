import * as fs from "node:fs";

import { AwsError, startAwsJson, type AwsOperations, type AwsService } from "./aws-json";
import { parameterStore, type Parameter } from "./parameter-store";
import { writeWhole } from "./processes";
import { SecretVersions, type SecretValue, type SecretVersion } from "./secret-versions";

/** A secret that exists, with a value or still without. */
export interface Secret {
  readonly name: string;
  readonly arn: string;
  /** What AWS itself has put there, such as RDS its master password; another value than the kept one is a rotation. */
  readonly value?: string;
}

/** What Secrets Manager and Parameter Store start with. Nothing else exists. */
export interface SecretsArgs {
  readonly secrets: readonly Secret[];
  readonly parameters: readonly Parameter[];
  /** File that keeps the values of the secrets between starts, readable by its owner alone. */
  readonly valuesFile?: string;
  readonly port?: number;
}

/** A running Secrets Manager and Parameter Store: for AWS_ENDPOINT_URL_SECRETS_MANAGER and AWS_ENDPOINT_URL_SSM. */
export type Secrets = AwsService;

type KeptValues = Record<string, SecretVersion[]>;

interface SecretInput {
  readonly SecretId: string;
}

type GetSecretValueInput = SecretInput & { readonly VersionId?: string; readonly VersionStage?: string };

type PutSecretValueInput = SecretInput & SecretValue & {
  readonly ClientRequestToken?: string;
  readonly VersionStages?: string[];
};

type UpdateSecretVersionStageInput = SecretInput & {
  readonly VersionStage: string;
  readonly MoveToVersionId?: string;
  readonly RemoveFromVersionId?: string;
};

/** Starts Secrets Manager and Parameter Store on one port. */
export function startSecrets(args: SecretsArgs): Promise<Secrets> {
  const store = new SecretStore(args);
  return startAwsJson({ ...store.operations, ...parameterStore(args.parameters) }, args.port);
}

class SecretStore {
  private readonly versions = new Map<string, SecretVersions>();

  constructor(private readonly args: SecretsArgs) {
    const kept = this.read();
    for (const { name, value } of args.secrets) {
      const versions = new SecretVersions(kept[name]);
      this.versions.set(name, versions);
      if (value !== undefined && versions.current?.SecretString !== value) {
        versions.put(crypto.randomUUID(), { SecretString: value });
      }
    }
  }

  readonly operations: AwsOperations = {
    "secretsmanager.DescribeSecret": (input: SecretInput) => this.describe(input),
    "secretsmanager.GetSecretValue": (input: GetSecretValueInput) => this.get(input),
    "secretsmanager.PutSecretValue": (input: PutSecretValueInput) => this.put(input),
    "secretsmanager.UpdateSecretVersionStage": (input: UpdateSecretVersionStageInput) => this.updateStage(input),
  };

  private describe(input: SecretInput): object {
    const { name, arn, versions } = this.find(input.SecretId);
    const staged = versions.all.filter(({ stages }) => stages.length > 0);
    return {
      ARN: arn,
      Name: name,
      ...staged.length > 0 && { VersionIdsToStages: Object.fromEntries(staged.map(({ id, stages }) => [id, stages])) },
    };
  }

  private get(input: GetSecretValueInput): object {
    const { name, arn, versions } = this.find(input.SecretId);
    const { id, createdAt, stages, ...value } = versions.find(input.VersionId, input.VersionStage);
    return { ARN: arn, Name: name, VersionId: id, VersionStages: stages, CreatedDate: createdAt, ...value };
  }

  private put(input: PutSecretValueInput): object {
    const { name, arn, versions } = this.find(input.SecretId);
    const { SecretString, SecretBinary, ClientRequestToken } = input;
    if ((SecretString === undefined) === (SecretBinary === undefined)) {
      throw new AwsError("InvalidRequestException", "You must provide either SecretString or SecretBinary, and not both.");
    }
    if (ClientRequestToken === undefined) {
      throw new AwsError("InvalidRequestException", "You must provide a ClientRequestToken value.");
    }
    const version = versions.put(ClientRequestToken, { SecretString, SecretBinary }, input.VersionStages);
    this.write();
    return { ARN: arn, Name: name, VersionId: version.id, VersionStages: version.stages };
  }

  private updateStage(input: UpdateSecretVersionStageInput): object {
    const { name, arn, versions } = this.find(input.SecretId);
    versions.move(input.VersionStage, input.MoveToVersionId, input.RemoveFromVersionId);
    this.write();
    return { ARN: arn, Name: name };
  }

  private find(id: string): { name: string; arn: string; versions: SecretVersions } {
    // An ARN is also found without the six random characters at its end.
    const secret = this.args.secrets.find(({ name, arn }) => [name, arn, arn.replace(/-\w{6}$/, "")].includes(id));
    if (secret === undefined) {
      throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    }
    return { ...secret, versions: this.versions.get(secret.name)! };
  }

  private read(): KeptValues {
    const { valuesFile } = this.args;
    if (valuesFile === undefined || !fs.existsSync(valuesFile)) {
      return {};
    }
    try {
      return JSON.parse(fs.readFileSync(valuesFile, "utf8")) as KeptValues;
    } catch (error) {
      throw new Error(`the secrets in ${valuesFile} cannot be read (${(error as Error).message}): remove the file`);
    }
  }

  private write(): void {
    if (this.args.valuesFile !== undefined) {
      const values = Object.fromEntries([...this.versions].map(([name, { all }]) => [name, all]));
      writeWhole(this.args.valuesFile, JSON.stringify(values));
    }
  }
}
