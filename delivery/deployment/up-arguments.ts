import { anything } from "./approved";
import type { Uncommitted } from "./uncommitted";

export interface UpArgs {
  readonly stack: string;
  /** A built image by its digest: `sha256:...` of the account's repository, or `<repository>@sha256:...`. */
  readonly image?: string;
  /** The fingerprint of what was approved, by `npm run would-change`, or `anything`; nothing outside of a pipeline. */
  readonly approved?: string;
  /** Walks the path of a request when the update is done. */
  readonly smoke: boolean;
  /** Pulumi's own arguments. */
  readonly rest: readonly string[];
  /** Of an update by a person that no commit has; the record then keeps commits away that lack it. */
  readonly uncommitted?: Uncommitted;
  /** Is asked after the preview, in the place of Pulumi's own question; rejects where nothing is to be changed. */
  readonly agree?: () => Promise<void>;
}

const usage = "usage: npm run up -- <stack> [--image sha256:<64 hex digits>] [--approved <fingerprint>|anything] [--smoke] "
  + "[pulumi's own arguments]";

const withValue: readonly string[] = ["--image", "--approved"];

/** Throws the usage where the stack is missing, `--image` has no digest, or `--approved` no fingerprint. */
export function readUpArgs([stack, ...words]: readonly string[]): UpArgs {
  if (stack === undefined || stack === "" || stack.startsWith("-")) {
    throw new Error(`${usage}, but got no stack`);
  }
  const image = valueOf(words, "--image");
  if (image !== undefined && !/^([^\s@]+@)?sha256:[0-9a-f]{64}$/.test(image)) {
    throw new Error(`${usage}, but --image is "${image}"`);
  }
  const approved = valueOf(words, "--approved");
  if (approved !== undefined && approved !== anything && !/^[0-9a-f]{16}$/.test(approved)) {
    throw new Error(`${usage}, but --approved is "${approved}"`);
  }
  return {
    stack,
    image,
    approved,
    smoke: words.includes("--smoke"),
    rest: words.filter((word, at) => word !== "--smoke" && !withValue.includes(word) && !withValue.includes(words[at - 1] ?? "")),
  };
}

/** Undefined where the option is not there, and empty where nothing follows it. */
function valueOf(words: readonly string[], option: string): string | undefined {
  const at = words.indexOf(option);
  return at === -1 ? undefined : words[at + 1] ?? "";
}
