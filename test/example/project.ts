import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { stringify } from "yaml";

import type { Place } from "../../delivery/names";
import type { DeliverySettings } from "../../delivery/settings";
import { bootstrap, committedStacks, type Config } from "../../offline/stack-file";
import { copyProject } from "../project-copy";
import { exampleConfig, withoutRestore } from "./config";
import { exampleDelivery } from "./delivery";

/** Where a stack of the example is. */
export function examplePlace(stack: string): Place {
  const { "accounts:accountId": accountId = "", "aws:region": region = "" } = exampleConfig(stack);
  return { accountId, region };
}

/** The file of a stack as somebody writes it who wants this configuration: what counts anyway is not in it. */
export function stackFileOf(config: Config): string {
  const said = Object.entries(config)
    .filter(([key, value]) => value !== "" && value !== (withoutRestore as Config)[key])
    .map(([key, value]) => [key, /^[[{]/.test(value) ? JSON.parse(value) as unknown : value]);
  return `# Where a stack of the example is.\n${stringify({ config: Object.fromEntries(said) as object })}`;
}

/**
 * A copy of this project in which its own files say what they say in the example: whoever takes this project over
 * writes their own account, repository and sizes there, and must not have to change tests.
 */
export class ExampleProject {
  readonly folder: string;
  readonly remove: () => void;

  constructor(configOf: (stack: string) => Config = exampleConfig) {
    const { folder, remove } = copyProject();
    this.folder = folder;
    this.remove = remove;
    this.deliver({});
    for (const stack of committedStacks()) {
      writeFileSync(join(folder, `Pulumi.${stack}.yaml`), stackFileOf(configOf(stack)));
    }
    for (const account of committedStacks(bootstrap).filter((name) => name !== "main")) {
      rmSync(join(folder, bootstrap.folder, `Pulumi.${account}.yaml`));
    }
    writeFileSync(join(folder, bootstrap.folder, "Pulumi.main.yaml"), stackFileOf({
      "aws:region": examplePlace("dev").region, "accounts-bootstrap:accountId": examplePlace("dev").accountId,
    }));
    for (const [environment = "", name] of this.read("test/example/settings.ts").matchAll(/^export const (\w+): Settings = \{[^]*?^\};$/gm)) {
      const text = `import type { Settings } from "./settings";\n\n${environment}\n`;
      writeFileSync(join(folder, `environments/${name}.ts`), text);
    }
  }

  /** Lets `delivery/settings.ts` differ from the example's in this. */
  deliver(changes: Partial<DeliverySettings>): void {
    const settings = JSON.stringify({ ...exampleDelivery(committedStacks()), ...changes }, undefined, 2);
    this.edit("delivery/settings.ts", /^export const delivery\b[^]*?^\};$/m, `export const delivery: DeliverySettings = ${settings};`);
  }

  /** Changes a file, in which the text must be. */
  edit(file: string, from: string | RegExp, to: string): void {
    const before = this.read(file);
    if (!(typeof from === "string" ? before.includes(from) : from.test(before))) {
      throw new Error(`${file} does not hold ${String(from)}`);
    }
    writeFileSync(join(this.folder, file), before.replace(from, () => to));
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }
}
