import type { Uncommitted } from "./uncommitted";

export interface UpArgs {
  readonly stack: string;
  /** A built image by its digest: `sha256:...` of the account's repository, or `<repository>@sha256:...`. */
  readonly image?: string;
  /** Walks the path of a request when the update is done. */
  readonly smoke: boolean;
  /** Pulumi's own arguments. */
  readonly rest: readonly string[];
  /** Of an update by a person that no commit has; the record then keeps commits away that lack it. */
  readonly uncommitted?: Uncommitted;
  /** Is asked after the preview, in the place of Pulumi's own question; rejects where nothing is to be changed. */
  readonly agree?: () => Promise<void>;
}

const usage = "usage: npm run up -- <stack> [--image sha256:<64 hex digits>] [--smoke] [pulumi's own arguments]";

/** Throws the usage where the stack is missing, or `--image` has no digest. */
export function readUpArgs([stack, ...words]: readonly string[]): UpArgs {
  if (stack === undefined || stack === "" || stack.startsWith("-")) {
    throw new Error(`${usage}, but got no stack`);
  }
  const at = words.indexOf("--image");
  const image = at === -1 ? undefined : words[at + 1] ?? "";
  if (image !== undefined && !/^([^\s@]+@)?sha256:[0-9a-f]{64}$/.test(image)) {
    throw new Error(`${usage}, but --image is "${image}"`);
  }
  const rest = at === -1 ? words : words.toSpliced(at, 2);
  return {
    stack,
    image,
    smoke: rest.includes("--smoke"),
    rest: rest.filter((word) => word !== "--smoke"),
  };
}
