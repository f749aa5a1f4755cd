import type * as library from "@actions/expressions" with { "resolution-mode": "import" };

type Library = typeof library;
type Data = InstanceType<Library["data"]["StringData"]> | InstanceType<Library["data"]["Dictionary"]>;

/** What an expression may ask for, by the name of the context. */
export type Contexts = Readonly<Record<string, unknown>>;

/** How the jobs or steps before have ended, for the functions that ask for it. */
export type Status = "success" | "failure";

const statusFunctions = ["success", "failure", "cancelled", "always"];

/**
 * GitHub's own evaluator, over the contexts that a rehearsal has. What is neither one of them nor a function that it
 * knows is an error, and so is an expression that GitHub would not read.
 */
export class Expressions {
  private constructor(private readonly parts: Library) {}

  static async load(): Promise<Expressions> {
    return new Expressions(await import("@actions/expressions"));
  }

  /** A text with expressions in it, as it is after them. */
  text(template: string | number | boolean, contexts: Contexts): string {
    return String(template).replaceAll(/\$\{\{(.*?)\}\}/gs, (_, expression: string) =>
      this.evaluate(expression, contexts).coerceString());
  }

  /** What is one expression as a whole, as it is: a list, for example. */
  value(template: string, contexts: Contexts): unknown {
    const [, expression] = /^\$\{\{(.*)\}\}$/s.exec(template) ?? [];
    return expression === undefined ? template
      : JSON.parse(JSON.stringify(this.evaluate(expression, contexts), this.parts.data.replacer));
  }

  /** Whether a job or a step runs; without a condition, and where none asks how things are, only after success. */
  condition(condition: string | undefined, contexts: Contexts, status: Status): boolean {
    const expression = (condition ?? "true").trim().replace(/^\$\{\{(.*)\}\}$/s, "$1");
    const asks = statusFunctions.some((name) => new RegExp(String.raw`\b${name}\s*\(`).test(expression));
    return this.evaluate(asks ? `!!(${expression})` : `success() && !!(${expression})`, contexts, status).coerceString() === "true";
  }

  private evaluate(expression: string, contexts: Contexts, status: Status = "success"): Data {
    const { Lexer, Parser, Evaluator, data } = this.parts;
    const functions = statusFunctions.map((name) => ({
      name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(name === status || name === "always"),
    }));
    const { tokens } = new Lexer(expression).lex();
    const parsed = new Parser(tokens, Object.keys(contexts), functions).parse();
    const context = JSON.parse(JSON.stringify(contexts), data.reviver) as InstanceType<typeof data.Dictionary>;
    return new Evaluator(parsed, context, new Map(functions.map((each) => [each.name, each]))).evaluate() as Data;
  }
}

/** Of a workflow that GitHub would not run, or of a rehearsal that is not complete. */
export function fail(message: string): never {
  throw new Error(message);
}
