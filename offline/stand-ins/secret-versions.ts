import { AwsError } from "./aws-json";

/** What one version of a secret holds; one of the two is there. */
export interface SecretValue {
  readonly SecretString?: string;
  /** Base64. */
  readonly SecretBinary?: string;
}

/** A version of a secret. Without stages it is deprecated, and only found by its id. */
export interface SecretVersion extends SecretValue {
  readonly id: string;
  readonly createdAt: number;
  stages: string[];
}

/** The versions of one secret, and the rules by which stages move between them. */
export class SecretVersions {
  constructor(readonly all: SecretVersion[] = []) {}

  /** The version that callers get who ask for none; undefined as long as nothing was put. */
  get current(): SecretVersion | undefined {
    return this.withStage("AWSCURRENT");
  }

  /** The version with this id that has this stage; either may be left open, and AWSCURRENT is meant without both. */
  find(id: string | undefined, stage: string | undefined): SecretVersion {
    const wanted = stage ?? (id === undefined ? "AWSCURRENT" : undefined);
    const version = id === undefined ? this.withStage(wanted!) : this.withId(id);
    if (version === undefined) {
      const what = id === undefined ? `staging label: ${wanted}` : `VersionId: ${id}`;
      throw new AwsError("ResourceNotFoundException",
        `Secrets Manager can't find the specified secret value for ${what}`);
    }
    if (wanted !== undefined && !version.stages.includes(wanted)) {
      throw new AwsError("InvalidRequestException",
        "You provided a VersionStage that is not associated to the provided VersionId.");
    }
    return version;
  }

  /** Adds a version. The same id with the same value again is the same request again. */
  put(id: string, value: SecretValue, stages = ["AWSCURRENT"]): SecretVersion {
    const existing = this.withId(id);
    if (existing !== undefined) {
      if (existing.SecretString !== value.SecretString || existing.SecretBinary !== value.SecretBinary) {
        throw new AwsError("ResourceExistsException",
          `You can't use ClientRequestToken ${id} because that value is already in use for a version of the secret.`);
      }
      return existing;
    }
    const version: SecretVersion = { ...value, id, createdAt: Date.now() / 1_000, stages: [] };
    const first = this.all.length === 0;
    this.all.push(version);
    for (const stage of new Set(first ? [...stages, "AWSCURRENT"] : stages)) {
      this.attach(stage, version);
    }
    return version;
  }

  /** Moves a stage, or takes it away. Who moves one has to say from where, so that no one undoes another's move. */
  move(stage: string, to: string | undefined, from: string | undefined): void {
    const holder = this.withStage(stage);
    if (from !== undefined && holder?.id !== from) {
      throw new AwsError("InvalidParameterException",
        `Staging label ${stage} isn't currently attached to version ${from}`);
    }
    if (to === undefined) {
      this.detach(stage, from);
      return;
    }
    if (holder !== undefined && holder.id !== to && from === undefined) {
      throw new AwsError("InvalidParameterException", "The parameter RemoveFromVersionId can't be empty. Staging label "
        + `${stage} is currently attached to version ${holder.id}, so you must explicitly reference that version in `
        + "RemoveFromVersionId.");
    }
    this.attach(stage, this.find(to, undefined));
  }

  private attach(stage: string, version: SecretVersion): void {
    const holder = this.withStage(stage);
    if (holder === version) {
      return;
    }
    this.all.forEach((other) => {
      other.stages = other.stages.filter((each) => each !== stage);
    });
    version.stages.push(stage);
    if (stage === "AWSCURRENT" && holder !== undefined) {
      this.attach("AWSPREVIOUS", holder);
    }
  }

  private detach(stage: string, from: string | undefined): void {
    if (from === undefined) {
      throw new AwsError("InvalidParameterException",
        "You must specify MoveToVersionId, RemoveFromVersionId, or both.");
    }
    if (stage === "AWSCURRENT") {
      throw new AwsError("InvalidParameterException", "You can only move staging label AWSCURRENT to a different secret "
        + "version. It can't be completely removed.");
    }
    const version = this.find(from, undefined);
    version.stages = version.stages.filter((each) => each !== stage);
  }

  private withId(id: string): SecretVersion | undefined {
    return this.all.find((version) => version.id === id);
  }

  private withStage(stage: string): SecretVersion | undefined {
    return this.all.find((version) => version.stages.includes(stage));
  }
}
