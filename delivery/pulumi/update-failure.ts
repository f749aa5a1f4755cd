import { block } from "../report/markdown";
import type { Previewed } from "./engine-events";

interface Kind {
  /** Pulumi's exit code, where it has one of its own for this. */
  readonly code?: number;
  readonly says?: RegExp;
  readonly heading: string;
  /** What holds now, and what to do; `done` says what became of what came before the failure. */
  readonly advice: (stack: string, done: string) => string;
}

/** What the CLI says where another update of the stack is under way, or was ended before it could unlock the stack. */
export const locked = /the stack is currently locked|another update is currently in progress/i;

/** From the most telling to the least: of several errors, the first kind that one of them is of names the failure. */
const kinds: readonly Kind[] = [
  {
    code: 6,
    heading: "There is no such stack",
    advice: (stack) => "Nothing was changed. A new stack is made once, by an administrator, and two lines that this writes into " +
      `\`Pulumi.${stack}.yaml\` are committed: docs/delivery.md, From an empty account to prod.`,
  },
  {
    says: locked,
    heading: "The stack is locked",
    advice: (stack) => "Somebody else's update is under way, or one was ended before it could unlock the stack. Nothing was changed. " +
      `If none is under way any more, run the workflow \`deploy\` by hand with \`unlock\` set to ${stack}, or by hand ` +
      `\`pulumi cancel --stack ${stack}\` and then \`npm run up -- ${stack} --refresh\`.`,
  },
  {
    says: /but this program asked for|ROLLBACK_|deployment failed/,
    heading: "The deployment was taken back",
    advice: () => "ECS went back to the version before, which serves on. Mend the cause and merge that, or run this again for " +
      "the same commit: docs/operations.md, A deployment was taken back.",
  },
  {
    says: /hook "[^"]*migration[^"]*" failed/,
    heading: "The migration failed",
    advice: () => "The service was not touched: the version before serves on, with the schema as the migration left it. " +
      "docs/operations.md, A one-off task failed.",
  },
  {
    says: /The AWS credentials are of account|allowedAccountIds|ExpiredToken|AccessDenied|not authorized to perform/i,
    heading: "AWS refused",
    advice: (_, done) => "The role of this job may not do what the update needs, or is of another account. " +
      `${done} Once the role may, run this again.`,
  },
];

/** Whatever else is said then follows from it. */
const forbidden: Kind = {
  heading: "Policies forbid this",
  advice: () => "What they name was not touched. Mend it, or say in `policy/exceptions.ts` why it may be so, and until when: "
    + "docs/controls.md.",
};

/** Of a preview or an update: what the engine has said, Pulumi's exit code and what it wrote to standard error. */
export interface Failure extends Pick<Previewed, "errors" | "violations"> {
  readonly code: number;
  readonly stderr: string;
  /** A preview has changed nothing. */
  readonly isPreview: boolean;
}

/** What a person is to read of a failed update, as Markdown. What Pulumi said counts where the engine said nothing. */
export function describeFailure(stack: string, { code, errors, violations, stderr, isPreview }: Failure): string {
  const found = [violations, errors, [{ resource: "", text: stderr.trim() }]].find((remarks) => remarks.length > 0) ?? [];
  const kind = violations.length > 0 ? forbidden
    : kinds.find((each) => each.code === code || found.some(({ text }) => each.says?.test(text)));
  const done = isPreview ? "Nothing was changed." : "What came before the failure is done, and in Pulumi's state.";
  const parts = new Set(found.map(({ resource, text }) => [...resource === "" ? [] : [`\`${resource}\``], block(text.split("\n"))].join("\n\n")));
  return [
    `## ${stack}: ${kind?.heading ?? `the ${isPreview ? "preview" : "update"} failed`}`,
    kind?.advice(stack, done) ?? `${done} Mend the cause and run this again.`,
    ...parts,
    "",
  ].join("\n\n");
}
