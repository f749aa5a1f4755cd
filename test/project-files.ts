import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { parse } from "yaml";

import { secretsProvider } from "../delivery/names";
import { projectFolder } from "../offline/stack-file";
import { looksSecret } from "../policy/secret-looking";

/** A Pulumi project of this repository with its committed stacks. */
export interface Project {
  /** `Pulumi.yaml`, `deployments/Pulumi.yaml`. */
  readonly file: string;
  readonly project: ProjectFile;
  readonly stacks: Readonly<Record<string, StackFile>>;
}

export interface ProjectFile {
  readonly name: string;
  readonly config?: Readonly<Record<string, Declaration>>;
  readonly [key: string]: unknown;
}

export interface Declaration {
  readonly type?: string;
  readonly items?: { readonly type?: string };
  readonly default?: unknown;
  readonly value?: unknown;
  readonly secret?: boolean;
  readonly description?: string;
}

export interface StackFile {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly secretsprovider?: string;
  readonly encryptedkey?: string;
  readonly encryptionsalt?: string;
  readonly [key: string]: unknown;
}

export function projects(): Project[] {
  return globSync(["Pulumi.yaml", "*/Pulumi.yaml"], { cwd: projectFolder }).toSorted().map((file) => {
    const folder = join(projectFolder, dirname(file));
    const read = <T>(name: string) => parse(readFileSync(join(folder, name), "utf8")) as T;
    const stacks = globSync("Pulumi.*.yaml", { cwd: folder })
      .map((name): [string, StackFile] => [basename(name, ".yaml").slice("Pulumi.".length), read(name)]);
    return { file, project: read("Pulumi.yaml"), stacks: Object.fromEntries(stacks) };
  });
}

/** What Pulumi takes; it does not say a word of others, and a misspelt one has no effect. */
const projectKeys = ["name", "description", "runtime", "requiredPulumiVersion", "config"];
const runtimeOptions = ["packagemanager", "tsconfig"];
const stackKeys = ["config", "secretsprovider", "encryptedkey", "encryptionsalt"];

/** A line for all that is wrong with `Pulumi.yaml`. */
export function projectProblems({ file, project }: Project): string[] {
  const { name: runtime, options = {} } = project["runtime"] as { name: string; options?: Record<string, unknown> };
  return [
    ...unless(runtime === "nodejs", `${file}: runtime ${runtime} is not nodejs`),
    ...unknown(`${file}: `, project, projectKeys),
    ...unknown(`${file}: runtime.options.`, options, runtimeOptions),
    ...unless(/^>=\d+\.\d+\.\d+$/.test(String(project["requiredPulumiVersion"])),
      `${file}: requiredPulumiVersion is ${String(project["requiredPulumiVersion"])}, but must be like ">=3.259.0"`),
    ...Object.entries(project.config ?? {}).flatMap(([key, declaration]) => declarationProblems(`${file}: config.${key}`, key, declaration)),
  ];
}

function declarationProblems(where: string, key: string, declaration: Declaration): string[] {
  if (key.includes(":")) {
    // Of another namespace: Pulumi allows a value only, and of these two only.
    return [
      ...unless(["pulumi:autonaming", "pulumi:tags"].includes(key),
        `${where} is for a provider of Pulumi's own making, but the program makes its providers itself`),
      ...unknown(`${where}.`, declaration, ["value"]),
    ];
  }
  const { type, items, secret, default: byDefault, description } = declaration;
  return [
    ...unless(type !== undefined, `${where} has no type, without which Pulumi takes any value, and plain text for a secret`),
    ...unless(type !== "array" || items?.type !== undefined, `${where} does not say of what it is an array`),
    ...unless(Boolean(description), `${where} has no description`),
    ...unless(byDefault === undefined || fits(byDefault, declaration), `${where} has the default ${JSON.stringify(byDefault)}, which is no ${type}`),
    ...unless(!secret || byDefault === undefined, `${where} is secret, but has a default in plain text`),
    ...unless(secret === true || !looksSecret(key), `${where} is called like a secret, but is not declared as one`),
  ];
}

/** A line for all that is wrong with the stack files of a project. */
export function stackProblems({ file, project, stacks }: Project): string[] {
  const folder = file.replace(/Pulumi\.yaml$/, "");
  return Object.entries(stacks).flatMap(([stack, stackFile]) => {
    const where = `${folder}Pulumi.${stack}.yaml: `;
    const { config = {}, secretsprovider } = stackFile;
    const declared = project.config ?? {};
    const required = Object.keys(declared).filter((key) => isRequired(key, declared[key]));
    const missing = required.map((key) => `${project.name}:${key}`).filter((key) => config[key] === undefined);
    return [
      ...unknown(where, stackFile, stackKeys),
      ...missing.map((key) => `${where}${key} is missing, which every stack has to say`),
      ...Object.entries(config).flatMap(([key, value]) => valueProblems(`${where}${key} `, value, declarationOf(project, key))),
      ...unless(folder !== "" || !secretsprovider?.startsWith("awskms://") || secretsprovider === ownKey(stack, config),
        `${where}secretsprovider is ${secretsprovider}, but the stack's own key is ${ownKey(stack, config)}`),
    ];
  });
}

/** A secret may be one that only some stacks have. */
function isRequired(key: string, declaration: Declaration | undefined): boolean {
  return !key.includes(":") && declaration?.default === undefined && declaration?.secret !== true;
}

function declarationOf({ name, config = {} }: ProjectFile, key: string): Declaration | undefined {
  // Where providers are: the program reads it, and hands it to the one it makes.
  return key === "aws:region" ? { type: "string" } : key.startsWith(`${name}:`) ? config[key.slice(name.length + 1)] : undefined;
}

function valueProblems(where: string, value: unknown, declaration: Declaration | undefined): string[] {
  if (declaration === undefined) {
    return [`${where}is no key of the program: Pulumi accepts it without a word, and for a provider it would be another one's`];
  }
  const encrypted = typeof value === "object" && value !== null && "secure" in value;
  if (encrypted) {
    return unless(declaration.secret === true, `${where}is encrypted, but Pulumi.yaml does not declare it as a secret`);
  }
  const key = where.trim().split(":").at(-1) ?? "";
  return [
    ...unless(declaration.secret !== true, `${where}is a secret in plain text: set it with \`pulumi config set --secret\``),
    ...unless(fits(value, declaration), `${where}is ${JSON.stringify(value)}, which is no ${declaration.type}`),
    ...texts(value).filter((text) => looksSecret(key, text) || looksRandom(text))
      .map(() => `${where}looks like a secret in plain text: declare it as one, and set it with \`pulumi config set --secret\``),
  ];
}

/** A line for each key of encryption that two stacks share: who may decrypt one could decrypt the other. */
export function sharedKeys(all: readonly Project[]): string[] {
  const seen = new Map<string, string>();
  return all.flatMap(({ file, stacks }) => Object.entries(stacks).flatMap(([stack, stackFile]) =>
    (["secretsprovider", "encryptedkey", "encryptionsalt"] as const).flatMap((key) => {
      const value = stackFile[key];
      const here = `${file.replace(/Pulumi\.yaml$/, "")}Pulumi.${stack}.yaml`;
      const first = value === undefined ? undefined : seen.get(`${key} ${value}`);
      seen.set(`${key} ${value}`, first ?? here);
      // A passphrase is told apart by its salt.
      return unless(first === undefined || value === "passphrase", `${here}: ${key} is that of ${first}`);
    })));
}

function ownKey(stack: string, config: Readonly<Record<string, unknown>>): string {
  return secretsProvider(stack, { region: String(config["aws:region"]), accountId: "" });
}

/** As Pulumi compares a value with its type, which takes a number and a truth value for text, too. */
function fits(value: unknown, { type, items }: Declaration): boolean {
  switch (type) {
    case "array": return Array.isArray(value) && value.every((item) => fits(item, items ?? {}));
    case "integer": return Number.isSafeInteger(value);
    case "boolean": return typeof value === "boolean";
    case "string": return typeof value === "string";
    default: return false;
  }
}

function texts(value: unknown): string[] {
  return [value].flat().filter((part) => typeof part === "string");
}

/** Whether a part of a text is as mixed as only a machine writes. A digest is so, too, but hides nothing. */
export function looksRandom(text: string): boolean {
  return text.replaceAll(/sha256:[0-9a-f]{64}/g, "").split(/[^A-Za-z0-9+/_]+/).some((part) =>
    part.length >= 20 && /\d/.test(part) && /[A-Za-z]/.test(part) && bitsOfCharacter(part) > 3);
}

/** Shannon's entropy: 4 for random hex digits, 6 for random base64, less for words. */
function bitsOfCharacter(text: string): number {
  return [...new Set(text)].map((character) => (text.split(character).length - 1) / text.length)
    .reduce((bits, share) => bits - share * Math.log2(share), 0);
}

function unknown(where: string, object: object, known: readonly string[]): string[] {
  return Object.keys(object).filter((key) => !known.includes(key))
    .map((key) => `${where}${key} is not among ${known.join(", ")}`);
}

function unless(holds: boolean, problem: string): string[] {
  return holds ? [] : [problem];
}
