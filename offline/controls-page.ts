import { join } from "node:path";

import { areas, controls, type ControlId } from "../policy/controls";
import type { Control } from "../policy/control";
import { exceptions, notEnforced } from "../policy/exceptions";
import { projectFolder } from "./stack-file";

export const controlsFile = join(projectFolder, "docs", "controls.md");

const where: Readonly<Record<Control["where"], string>> = {
  everywhere: "everywhere",
  keptData: "kept data",
  disposableData: "disposable data",
};

/** What is enforced, what may differ and why: everything in `policy/`, as a person reads it. */
export function controlsPage(): string {
  return [
    "<!-- Made by `npm run controls` from `policy/`; do not edit. -->",
    "# Controls",
    paragraph("What no change may break. `policy/` holds each as a policy over resources; it runs over the committed plans in",
      "`npm test`, and over real ones by `pulumi preview --policy-pack policy`. An id with a number is that of AWS Security Hub,",
      "`CKV_` that of Checkov, any other one is our own. Severities are those of Security Hub where it has the control."),
    paragraph("\"Kept data\" are environments whose `keepsData` is true, \"disposable data\" the others."),
    ...Object.entries(areas).flatMap(([area, ofArea]) => [
      `## ${area}`,
      table(["id", "what holds", "severity", "where"], Object.entries<Control>(ofArea).map(([id, control]) =>
        [id, control.title, control.severity, where[control.where]])),
    ]),
    "## Exceptions",
    paragraph("What these resources do not meet, on purpose. One that nothing needs fails the tests."),
    table(["id", "severity", "resources", "reason", "ends when"], exceptions.map(({ control, resources, reason, endsWhen }) =>
      [control, severityOf(control), resources.map((resource) => `\`${resource}\``).join(", "), reason, endsWhen])),
    "## Not enforced",
    table(["id", "reason", "ends when"], notEnforced.map(({ control, reason, endsWhen }) => [control, reason, endsWhen])),
  ].join("\n\n") + "\n";
}

function severityOf(id: ControlId): string {
  return controls[id].severity ?? "";
}

function paragraph(...lines: string[]): string {
  return lines.join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
