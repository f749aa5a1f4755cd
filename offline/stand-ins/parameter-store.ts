import { AwsError, type AwsOperations } from "./aws-json";

/** A parameter that exists. */
export interface Parameter {
  readonly name: string;
  readonly arn: string;
  readonly value: string;
  readonly type: "String" | "StringList" | "SecureString";
  readonly lastModified?: Date;
}

interface Version extends Parameter {
  readonly version: number;
  readonly at: Date;
}

interface PutParameterInput {
  readonly Name: string;
  readonly Value: string;
  readonly Type?: Parameter["type"];
  readonly Overwrite?: boolean;
}

const mostNames = 10;

/** What Parameter Store keeps of one, and gives in one answer. */
const mostVersions = 100;
const versionsInAnAnswer = 50;

/** GetParameter(s), PutParameter and GetParameterHistory over the given parameters, each in its first version. */
export function parameterStore(parameters: readonly Parameter[]): AwsOperations {
  const store = new ParameterStore(parameters);
  return {
    "AmazonSSM.GetParameter": (input: { Name: string; WithDecryption?: boolean }) =>
      ({ Parameter: describe(store.get(input.Name), input.WithDecryption) }),
    "AmazonSSM.GetParameters": (input: { Names: string[]; WithDecryption?: boolean }) => {
      checkNames(input.Names);
      return {
        Parameters: input.Names.flatMap((name) => store.find(name) ?? [])
          .map((parameter) => describe(parameter, input.WithDecryption)),
        InvalidParameters: input.Names.filter((name) => store.find(name) === undefined),
      };
    },
    "AmazonSSM.PutParameter": (input: PutParameterInput) => ({ Version: store.put(input).version, Tier: "Standard" }),
    "AmazonSSM.GetParameterHistory": (input: { Name: string; MaxResults?: number; NextToken?: string }) => {
      const from = Number(input.NextToken ?? 0);
      const to = from + Math.min(input.MaxResults ?? versionsInAnAnswer, versionsInAnAnswer);
      const versions = store.history(input.Name);
      return {
        Parameters: versions.slice(from, to).map((version) => describe(version)),
        ...to < versions.length && { NextToken: String(to) },
      };
    },
  };
}

class ParameterStore {
  /** Of what was written here, the oldest first. */
  private readonly written = new Map<string, Version[]>();

  constructor(private readonly given: readonly Parameter[]) {}

  find(selector: string): Version | undefined {
    const [, nameOrArn = "", wanted] = /^(.+?)(?::(\d+))?$/.exec(selector) ?? [];
    const versions = this.versions(nameOrArn);
    return wanted === undefined ? versions.at(-1) : versions.find(({ version }) => version === Number(wanted));
  }

  get(selector: string): Version {
    return this.find(selector) ?? notFound(selector);
  }

  history(name: string): Version[] {
    const versions = this.versions(name);
    return versions.length > 0 ? versions : notFound(name);
  }

  put({ Name: name, Value: value, Type: type, Overwrite: overwrite = false }: PutParameterInput): Version {
    const before = this.versions(name);
    const last = before.at(-1);
    if (last !== undefined && !overwrite) {
      throw new AwsError("ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.");
    }
    if (last === undefined && type === undefined) {
      throw new AwsError("ValidationException", "A parameter type is required when you create a parameter.");
    }
    const version: Version = {
      name,
      arn: last?.arn ?? `arn:aws:ssm:eu-west-1:000000000000:parameter${name}`,
      value,
      type: type ?? last?.type ?? "String",
      version: (last?.version ?? 0) + 1,
      at: new Date(),
    };
    this.written.set(name, [...before, version].slice(-mostVersions));
    return version;
  }

  private versions(nameOrArn: string): Version[] {
    const written = this.written.get(nameOrArn);
    const given = this.given.find(({ name, arn }) => name === nameOrArn || arn === nameOrArn);
    return written ?? (given === undefined ? [] : [{ ...given, version: 1, at: given.lastModified ?? new Date(0) }]);
  }
}

function notFound(name: string): never {
  throw new AwsError("ParameterNotFound", `Parameter ${name} not found.`);
}

function checkNames(names: string[]): void {
  if (names.length < 1 || names.length > mostNames) {
    throw new AwsError("ValidationException", `1 validation error detected: Value '[${names.join(", ")}]' at 'names' `
      + `failed to satisfy constraint: Member must have length between 1 and ${mostNames}, inclusive`);
  }
}

function describe(parameter: Version, decrypt = false): object {
  const hidden = parameter.type === "SecureString" && !decrypt;
  return {
    Name: parameter.name,
    ARN: parameter.arn,
    Type: parameter.type,
    Value: hidden ? Buffer.from(`encrypted ${parameter.name}`).toString("base64") : parameter.value,
    Version: parameter.version,
    LastModifiedDate: parameter.at.getTime() / 1000,
    DataType: "text",
  };
}
