import { AwsError } from "./aws-json";

type Matches = (line: Readonly<Record<string, unknown>>) => boolean;

/**
 * What a pattern of CloudWatch Logs for lines of JSON matches, of its grammar what compares fields with texts:
 * `{ ($.level = "warn" || $.level = "error") && $.reqId = "1" }`. Lines that are no JSON match none.
 */
export function matcherOf(pattern: string | undefined): (message: string) => boolean {
  if (pattern === undefined || pattern === "") {
    return () => true;
  }
  const tokens = /^\{(.*)\}$/.exec(pattern.trim())?.[1]?.match(/\$\.[A-Za-z]+|"[^"]*"|\|\||&&|[()=]|\S/g) ?? [];
  const matches = either(tokens);
  if (tokens.length > 0) {
    throw invalid(pattern);
  }
  return (message) => {
    const line = parse(message);
    return line !== undefined && matches(line);
  };
}

/** Takes from the front what it has read, as the two after it do. */
function either(tokens: string[]): Matches {
  const left = both(tokens);
  if (tokens[0] !== "||") {
    return left;
  }
  tokens.shift();
  const right = either(tokens);
  return (line) => left(line) || right(line);
}

function both(tokens: string[]): Matches {
  const left = comparison(tokens);
  if (tokens[0] !== "&&") {
    return left;
  }
  tokens.shift();
  const right = both(tokens);
  return (line) => left(line) && right(line);
}

function comparison(tokens: string[]): Matches {
  if (tokens[0] === "(") {
    tokens.shift();
    const inner = either(tokens);
    if (tokens.shift() !== ")") {
      throw invalid(tokens.join(" "));
    }
    return inner;
  }
  const [field = "", equals, value = ""] = tokens.splice(0, 3);
  if (!field.startsWith("$.") || equals !== "=" || !value.startsWith('"')) {
    throw invalid([field, equals, value].join(" "));
  }
  return (line) => line[field.slice(2)] === value.slice(1, -1);
}

function parse(message: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(message) as Readonly<Record<string, unknown>>;
  } catch {
    // A line of another kind.
    return undefined;
  }
}

function invalid(what: string): AwsError {
  return new AwsError("InvalidParameterException", `Invalid character(s) in term '${what}'`);
}
