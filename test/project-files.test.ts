import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { secretsProvider } from "../delivery/names";
import { readStackConfig } from "../environments/config";
import { render } from "../offline/render";
import { bootstrap, committedStacks, projectFolder } from "../offline/stack-file";
import { committedVersion } from "./engine/build-pulumi-cli";
import {
  looksRandom, projectProblems, projects, sharedKeys, stackProblems, type Declaration, type Project, type StackFile,
} from "./project-files";

const read = (file: string) => readFileSync(join(projectFolder, file), "utf8");

describe("the project files", () => {
  for (const project of projects()) {
    it(`declare every key with type and description, and nothing that Pulumi would ignore: ${project.file}`, () => {
      assert.deepEqual(projectProblems(project), []);
    });
  }

  it("are those of the program, and of what delivers it", () => {
    const files = projects().map(({ file }) => file);
    for (const file of ["Pulumi.yaml", "deployments/Pulumi.yaml"]) {
      assert.ok(files.includes(file), `${file} is not among ${files.join(", ")}`);
    }
  });

  it("ask for one and the same CLI, and for none newer than that of the tests", () => {
    const versions = new Set(projects().map(({ project }) => String(project["requiredPulumiVersion"]).slice(">=".length)));
    assert.equal(versions.size, 1, [...versions].join(", "));
    const [version = ""] = versions;
    assert.ok(version.localeCompare(committedVersion(), "en", { numeric: true }) <= 0,
      `requiredPulumiVersion is ${version}, but the tests run ${committedVersion()}`);
  });

  it("declare what the program reads: required without a default, and optional with one", async () => {
    const { config = {} } = only("Pulumi.yaml").project;
    const declared = Object.keys(config).filter((key) => !key.includes(":"));
    const known = (await complaint({ "accounts:nonsense": "1" })).match(/which knows ([^:]+):/)?.[1]?.split(", ") ?? [];
    assert.deepEqual(declared.toSorted(), known.toSorted());

    const required = declared.filter((key) => config[key]?.default === undefined);
    for (const key of required) {
      const others = required.filter((other) => other !== key).map((other) => [`accounts:${other}`, '["a"]']);
      assert.match(await complaint({ "aws:region": "eu-west-1", ...Object.fromEntries(others) }), new RegExp(`^accounts:${key} is missing`));
    }
  });

  it("give what a stack does not say the value that it has for the program, too: no wish, and the first database", () => {
    const { config = {} } = only("Pulumi.yaml").project;
    const defaults = Object.entries(config).filter(([, declaration]) => declaration.default !== undefined);
    const wishes = defaults.filter(([, { default: byDefault }]) => byDefault !== "").map(([key, declaration]) => [key, declaration.default]);
    assert.deepEqual(wishes, [["databaseGeneration", 1]]);
  });

  it("say for bootstrap what its plan is made for, and leave the account to whoever prepares it", () => {
    const { name, config = {} } = only("bootstrap/Pulumi.yaml").project;
    assert.equal(name, bootstrap.name);
    const defaults = Object.entries(config).map(([key, declaration]) => [key, declaration.default]);
    assert.deepEqual(Object.fromEntries(defaults), { accountId: undefined, gitHubProvider: "", pulumiProvider: "" });
  });

  it("have all projects compiled by the options of the one that is checked", () => {
    for (const { file, project } of projects().filter(({ file }) => file !== "Pulumi.yaml")) {
      assert.equal((project["runtime"] as { options: { tsconfig?: string } }).options.tsconfig, "../tsconfig.json", file);
    }
  });

  const wrong: [what: string, declaration: Declaration, told: RegExp][] = [
    ["no type", { description: "a key" }, /config\.key has no type/],
    ["no description", { type: "string" }, /config\.key has no description/],
    ["an array of nothing", { type: "array", description: "a key" }, /config\.key does not say of what/],
    ["a default of another type", { type: "integer", default: "1", description: "a key" }, /has the default "1", which is no integer/],
    ["a secret with a default", { type: "string", secret: true, default: "", description: "a key" }, /is secret, but has a default/],
  ];
  for (const [what, declaration, told] of wrong) {
    it(`may not have ${what}`, () => {
      assert.match(projectProblems(withKeys({ key: declaration })).join("\n"), told);
    });
  }

  it("may not call a key like a secret without declaring it as one", () => {
    const plain = { type: "string", description: "a key" };
    assert.match(projectProblems(withKeys({ "mail-password": plain })).join(), /is called like a secret/);
    assert.deepEqual(projectProblems(withKeys({ "mail-password": { ...plain, secret: true } })), []);
  });

  it("may not configure a provider, nor have a key that Pulumi ignores", () => {
    assert.match(projectProblems(withKeys({ "aws:profile": { value: "admin" } })).join(), /config\.aws:profile is for a provider/);
    const { file, project, stacks } = withKeys({});
    const misspelt = { file, stacks, project: { ...project, requiredPulumiVersions: "1", backend: { url: "file://~" } } };
    assert.match(projectProblems(misspelt).join("\n"), /: requiredPulumiVersions is not among .*\n.*: backend is not among /);
  });
});

describe("the stack files", () => {
  for (const stack of committedStacks()) {
    it(`are what the program takes: ${stack}`, async () => {
      await assert.doesNotReject(render(stack));
    });
  }

  for (const project of projects()) {
    it(`of ${project.file} say all that every stack has to say, of its type, and no secret in plain text`, () => {
      assert.deepEqual(stackProblems(project), []);
    });
  }

  it("have keys of encryption of their own", () => {
    assert.deepEqual(sharedKeys(projects()), []);
  });

  const complete = { "aws:region": "eu-west-1", "accounts:place": "here" };
  const wrong: [what: string, stackFile: StackFile, told: RegExp][] = [
    ["without a required key", { config: { "aws:region": "eu-west-1" } }, /accounts:place is missing/],
    ["with a value of another type", { config: { ...complete, "accounts:place": 5 } }, /accounts:place is 5, which is no string/],
    ["with a misspelt key", { config: { ...complete, "accounts:plaice": "here" } }, /accounts:plaice is no key of the program/],
    ["with a provider's configuration", { config: { ...complete, "aws:profile": "admin" } }, /aws:profile is no key of the program/],
    ["with a setting of Pulumi's", { config: { ...complete, "pulumi:disable-default-providers": ["*"] } }, /pulumi:.* is no key/],
    ["with a secret in plain text", { config: { ...complete, "accounts:token": "abc" } }, /accounts:token is a secret in plain text/],
    ["with plain text encrypted, which then is in no plan", { config: { ...complete, "accounts:place": { secure: "v1:x" } } },
      /accounts:place is encrypted, but/],
    ["with what looks like a secret under another name", { config: { ...complete, "accounts:place": "AKIAIOSFODNN7EXAMPLE" } },
      /accounts:place looks like a secret/],
    ["with what only a machine chooses", { config: { ...complete, "accounts:place": "q7Zk0vB2nXw9LhT4sYd8Rj1m" } },
      /accounts:place looks like a secret/],
    ["with an environment of Pulumi's, which a bucket does not know", { config: complete, environment: ["dev"] }, /: environment is not among/],
    ["with another stack's key", { config: complete, secretsprovider: secretsProvider("other", { region: "eu-west-1", accountId: "" }) },
      /secretsprovider is .*other.*, but the stack's own key is .*-dev\?/],
  ];
  for (const [what, stackFile, told] of wrong) {
    it(`are refused ${what}`, () => {
      assert.match(stackProblems(withStacks({ dev: stackFile })).join("\n"), told);
    });
  }

  it("may have a secret that is encrypted, with the stack's own key", () => {
    const secretsprovider = secretsProvider("dev", { region: "eu-west-1", accountId: "" });
    assert.deepEqual(stackProblems(withStacks({
      dev: { config: { ...complete, "accounts:token": { secure: "v1:abc" } }, secretsprovider, encryptedkey: "abc" },
    })), []);
  });

  for (const key of ["secretsprovider", "encryptedkey", "encryptionsalt"]) {
    it(`may not share a ${key}`, () => {
      assert.deepEqual(sharedKeys([withStacks({ dev: { [key]: "the same" }, prod: { [key]: "the same" } })]),
        [`Pulumi.prod.yaml: ${key} is that of Pulumi.dev.yaml`]);
    });
  }
});

describe("looksRandom", () => {
  for (const text of ["3f786850e387550fdab836ed7e6dc881", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "key=q7Zk0vB2nXw9LhT4sYd8Rj1m"]) {
    it(`tells a secret: ${text}`, () => assert.ok(looksRandom(text)));
  }

  for (const text of [
    "accounts.eu-west-1.example.com", "eu-west-1a", "123456789012", `repository@sha256:${"0123456789abcdef".repeat(4)}`,
    "the accounts team on the second floor", "https://git.example.com/organization/accounts",
  ]) {
    it(`leaves alone: ${text}`, () => assert.ok(!looksRandom(text)));
  }
});

describe(".node-version", () => {
  const version = read(".node-version").trim();

  it("is the version that npm brings for Linux, and of the image's Node", () => {
    const { optionalDependencies } = JSON.parse(read("package.json")) as { optionalDependencies: Record<string, string> };
    for (const platform of ["x64", "arm64"]) {
      assert.equal(optionalDependencies[`node-linux-${platform}`], version);
    }
    const [, major] = /^ARG NODE_IMAGE=\S+\/node:(\d+)-/m.exec(read("service/Dockerfile")) ?? [];
    assert.equal(major, version.split(".")[0]);
  });

  it("is what the types are of, and what both packages allow", () => {
    for (const file of ["package.json", "service/package.json"]) {
      const { devDependencies, engines } = JSON.parse(read(file)) as Record<"devDependencies" | "engines", Record<string, string>>;
      assert.equal(devDependencies["@types/node"]?.split(".")[0], version.split(".")[0], file);
      const [, least = ""] = /^>=([\d.]+)$/.exec(engines["node"] ?? "") ?? assert.fail(`${file} says engines.node ${engines["node"]}`);
      assert.ok(least.localeCompare(version, "en", { numeric: true }) < 0, `${file} asks for ${least}`);
    }
  });
});

function only(file: string): Project {
  return projects().find((project) => project.file === file) ?? assert.fail(`there is no ${file}`);
}

/** What the program says of a configuration. */
async function complaint(config: Record<string, string>): Promise<string> {
  const none = () => assert.fail("configuration asks nobody");
  await pulumi.runtime.setMocks({ newResource: none, call: none }, "accounts", "dev");
  pulumi.runtime.setAllConfig(config);
  try {
    readStackConfig();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

function withKeys(config: Record<string, Declaration>): Project {
  const project = { name: "accounts", runtime: { name: "nodejs" }, requiredPulumiVersion: ">=3.259.0", config };
  return { file: "Pulumi.yaml", project, stacks: {} };
}

function withStacks(stacks: Record<string, StackFile>): Project {
  const description = "a key";
  return { ...withKeys({ place: { type: "string", description }, token: { type: "string", secret: true, description } }), stacks };
}
