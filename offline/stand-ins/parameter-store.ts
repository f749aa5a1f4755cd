import { AwsError, type AwsOperations } from "./aws-json";

/** A parameter that exists. */
export interface Parameter {
  readonly name: string;
  readonly arn: string;
  readonly value: string;
  readonly type: "String" | "StringList" | "SecureString";
  readonly lastModified?: Date;
}

const mostNames = 10;
const version = 1;

/** GetParameter and GetParameters over the given parameters, each in its first version. */
export function parameterStore(parameters: readonly Parameter[]): AwsOperations {
  const find = (selector: string): Parameter | undefined => {
    const name = selector.replace(new RegExp(`(?<=.):${version}$`), "");
    return parameters.find((parameter) => parameter.name === name || parameter.arn === name);
  };
  return {
    "AmazonSSM.GetParameter": (input: { Name: string; WithDecryption?: boolean }) => {
      const parameter = find(input.Name);
      if (parameter === undefined) {
        throw new AwsError("ParameterNotFound", `Parameter ${input.Name} not found.`);
      }
      return { Parameter: describe(parameter, input.WithDecryption) };
    },
    "AmazonSSM.GetParameters": (input: { Names: string[]; WithDecryption?: boolean }) => {
      checkNames(input.Names);
      return {
        Parameters: input.Names.flatMap((name) => find(name) ?? [])
          .map((parameter) => describe(parameter, input.WithDecryption)),
        InvalidParameters: input.Names.filter((name) => find(name) === undefined),
      };
    },
  };
}

function checkNames(names: string[]): void {
  if (names.length < 1 || names.length > mostNames) {
    throw new AwsError("ValidationException", `1 validation error detected: Value '[${names.join(", ")}]' at 'names' `
      + `failed to satisfy constraint: Member must have length between 1 and ${mostNames}, inclusive`);
  }
}

function describe(parameter: Parameter, decrypt = false): object {
  const hidden = parameter.type === "SecureString" && !decrypt;
  return {
    Name: parameter.name,
    ARN: parameter.arn,
    Type: parameter.type,
    Value: hidden ? Buffer.from(`encrypted ${parameter.name}`).toString("base64") : parameter.value,
    Version: version,
    ...parameter.lastModified && { LastModifiedDate: parameter.lastModified.getTime() / 1_000 },
    DataType: "text",
  };
}
