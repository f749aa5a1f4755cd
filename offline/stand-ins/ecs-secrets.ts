import type { AwsService } from "./aws-json";
import type { ContainerDefinition } from "./ecs-shapes";

type ContainerSecret = NonNullable<ContainerDefinition["secrets"]>[number];

const namesOfOneCall = 10;
const failure = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ";

/** Reads what a container is given as `secrets`, as ECS does before it starts the container. */
export async function resolveSecrets(
  secrets: readonly ContainerSecret[], source: Pick<AwsService, "call">, caller: string,
): Promise<Record<string, string>> {
  const isManaged = ({ valueFrom }: ContainerSecret): boolean => valueFrom.startsWith("arn:aws:secretsmanager:");
  const parameters = secrets.filter((secret) => !isManaged(secret));
  const entries: [string, string][] = [];
  for (let first = 0; first < parameters.length; first += namesOfOneCall) {
    entries.push(...await readParameters(parameters.slice(first, first + namesOfOneCall), source, caller));
  }
  for (const { name, valueFrom } of secrets.filter(isManaged)) {
    entries.push([name, await readSecret(valueFrom, source, caller)]);
  }
  return Object.fromEntries(entries);
}

async function readParameters(
  secrets: readonly ContainerSecret[], source: Pick<AwsService, "call">, caller: string,
): Promise<[string, string][]> {
  const nameOf = ({ valueFrom }: ContainerSecret): string => valueFrom.replace(/^arn:aws:ssm:.*?:parameter(?=\/)/, "");
  const { Parameters, InvalidParameters } = await source.call<{
    Parameters: { Name: string; Value: string }[];
    InvalidParameters: string[];
  }>("AmazonSSM.GetParameters", { Names: [...new Set(secrets.map(nameOf))], WithDecryption: true }, caller);
  if (InvalidParameters.length > 0) {
    throw new Error(`${failure}unable to retrieve secrets from ssm: invalid ssm parameters: ${InvalidParameters.join(", ")}`);
  }
  const values = new Map(Parameters.map(({ Name, Value }) => [Name, Value]));
  return secrets.map((secret) => [secret.name, values.get(nameOf(secret))!]);
}

async function readSecret(valueFrom: string, source: Pick<AwsService, "call">, caller: string): Promise<string> {
  const parts = valueFrom.split(":");
  const arn = parts.slice(0, 7).join(":");
  // An empty part means the whole value, its current version, or any version.
  const [key, stage, version] = parts.slice(7).map((part) => part || undefined);
  const secret = await source.call<{ SecretString: string }>("secretsmanager.GetSecretValue", {
    SecretId: arn, VersionStage: stage, VersionId: version,
  }, caller).catch((error: Error) => {
    throw new Error(`${failure}unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch `
      + `secret ${arn} from secrets manager: ${error.name}: ${error.message}`);
  });
  return key === undefined ? secret.SecretString : valueOf(key, secret.SecretString, arn);
}

function valueOf(key: string, secret: string, arn: string): string {
  let value: unknown;
  try {
    value = (JSON.parse(secret) as Record<string, unknown>)[key];
  } catch {
    throw new Error(`${failure}unable to retrieve secret from asm: secret ${arn} is not JSON, and the key ${key} is asked for`);
  }
  if (value === undefined) {
    throw new Error(`${failure}unable to retrieve secret from asm: retrieved secret from Secrets Manager did not contain `
      + `json key ${key}`);
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}
