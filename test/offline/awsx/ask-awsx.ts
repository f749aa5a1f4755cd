import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { answer, idOf, type Place, type Question } from "../../../offline/answers";
import { isComponentOfAwsx } from "../../../offline/awsx";
import { projectFolder } from "../../../offline/stack-file";

/*
 * Asks awsx's own code what it makes of the components in made-by-awsx.json, and writes that file anew: for another
 * version of awsx, or when a component there was told something else by hand. To be run in the project's folder, with
 * the source of https://github.com/pulumi/pulumi-awsx at the tag of that version, where `npm install --no-save netmask@2
 * ip-address@8` has put what awsx needs beside Pulumi:
 *
 *   node --require ./offline/prelude.cjs --import tsx test/offline/awsx/ask-awsx.ts <folder of the source>/awsx
 */

interface Case {
  readonly title: string;
  readonly type: keyof typeof classes;
  readonly name: string;
  readonly inputs: object;
}

interface Child {
  readonly path: string;
  readonly inputs: unknown;
}

/** Where awsx has the class of a component. */
const classes = {
  "awsx:ec2:Vpc": ["ec2/vpc.ts", "Vpc"],
  "awsx:lb:ApplicationLoadBalancer": ["lb/applicationLoadBalancer.ts", "ApplicationLoadBalancer"],
  "awsx:ecs:FargateService": ["ecs/fargateService.ts", "FargateService"],
} as const;

const file = join(__dirname, "made-by-awsx.json");
const place: Place = { stack: "golden", region: "eu-west-1", accountId: "123456789012" };

interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getObject(): { toJavaScript(): unknown };
}

interface Monitor {
  registerResource(request: Request, respond: (error: unknown, response?: { getUrn(): string }) => void): void;
}

/** Notes what is registered, with the types of all parents within the component: the mocks know the nearest only. */
function noteChildren(type: string): Child[] {
  const children: Child[] = [];
  const chains = new Map<string, string>();
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, respond) => register(request, (error, response) => {
    if (response !== undefined) {
      const own = request.getType();
      const chain = [chains.get(request.getParent()), own === type ? undefined : own].filter(Boolean).join("$");
      chains.set(response.getUrn(), chain);
      if (own !== type) {
        children.push({ path: `${chain}::${request.getName()}`, inputs: sorted(request.getObject().toJavaScript()) });
      }
    }
    respond(error, response);
  });
  return children;
}

/** awsx looks up what it is told anyway: the VPC of a subnet, and the account for an ARN that it does not use. */
const functions: Readonly<Record<string, object>> = {
  "aws:ec2/getSubnet:getSubnet": { vpcId: "looked-up" },
  "aws:index/getCallerIdentity:getCallerIdentity": { accountId: place.accountId },
};

async function ask(source: string, { type, name, inputs }: Case): Promise<{ outputs?: object; children: Child[] }> {
  const cloud = (question: Question) => isComponentOfAwsx(question.type) ? {} : answer(question, place);
  await pulumi.runtime.setMocks({
    newResource: (question) => ({ id: idOf(question), state: cloud(question) }),
    call: ({ token, inputs: asked }) => ({ ...asked, ...functions[token] }),
  }, "accounts", place.stack);
  const children = noteChildren(type);
  const [module, className] = classes[type];
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- it is TypeScript that wants CommonJS
  const loaded = require(join(source, module)) as Record<string, new (name: string, args: object) => object>;
  const Component = loaded[className];
  if (Component === undefined) {
    throw new Error(`${join(source, module)} has no class ${className}: awsx has moved it, look where`);
  }
  const made = new Component(name, structuredClone(inputs)) as Record<string, pulumi.Output<unknown>>;
  await pulumi.runtime.disconnect();
  const byPath = children.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return type === "awsx:ec2:Vpc" ? { outputs: await outputsOf(made), children: byPath } : { children: byPath };
}

/** Those outputs of a VPC that the program reads. */
function outputsOf(made: Record<string, pulumi.Output<unknown>>): Promise<object> {
  const { vpcId, publicSubnetIds, privateSubnetIds, isolatedSubnetIds } = made;
  const routeTables = (made["routeTables"] as pulumi.Output<{ id: pulumi.Output<string> }[]>)
    .apply((tables) => tables.map(({ id }) => ({ id })));
  const outputs = pulumi.output({ vpcId, publicSubnetIds, privateSubnetIds, isolatedSubnetIds, routeTables });
  return new Promise((known) => void outputs.apply(known));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return Array.isArray(value) ? value.map(sorted) : value;
  }
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)]));
}

interface Answered extends Case {
  readonly outputs?: object;
  readonly children: readonly Child[];
}

/** One line a child: a change is one line of a diff. */
function print(awsx: string, commit: string, cases: readonly Answered[]): string {
  const blocks = cases.map(({ title, type, name, inputs, outputs, children }) => [
    "    {",
    ...Object.entries({ title, type, name, inputs: sorted(inputs), outputs }).filter(([, value]) => value !== undefined)
      .map(([key, value]) => `      "${key}": ${JSON.stringify(value)},`),
    '      "children": [',
    children.map((child) => `        ${JSON.stringify(child)}`).join(",\n"),
    "      ]",
    "    }",
  ].join("\n"));
  return `{\n  "awsx": "${awsx}",\n  "commit": "${commit}",\n  "cases": [\n${blocks.join(",\n")}\n  ]\n}\n`;
}

async function main(source: string): Promise<void> {
  // A Pulumi SDK of its own would not see the mocks of this one.
  mkdirSync(join(source, "node_modules"), { recursive: true });
  const link = join(source, "node_modules", "@pulumi");
  rmSync(link, { force: true });
  symlinkSync(join(projectFolder, "node_modules", "@pulumi"), link, "junction");
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] };
  const answered: Answered[] = [];
  for (const each of cases) {
    answered.push({ ...each, ...await ask(source, each) });
  }
  const packages = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const commit = execFileSync("git", ["-C", source, "rev-parse", "--short=8", "HEAD"], { encoding: "utf8" }).trim();
  writeFileSync(file, print(packages.dependencies["@pulumi/awsx"] ?? "", commit, answered));
}

// The older SDK of awsx tells the engine nothing of a component's arguments, and this one would.
process.env.PULUMI_NODEJS_SKIP_COMPONENT_INPUTS = "1";
main(resolve(process.argv[2] ?? ".")).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
