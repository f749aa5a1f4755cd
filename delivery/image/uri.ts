import { imageRepositoryUri } from "../target";

/** Throws where it is none: an empty one would let the program build an image of its own. */
export function checkedDigest(digest: unknown): string {
  if (typeof digest !== "string" || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new Error(`the image's digest is ${JSON.stringify(digest)}, but must be sha256:<64 hex digits>`);
  }
  return digest;
}

/**
 * For `accounts:image`. Jobs hand on the digest alone: GitHub drops an output in which it sees a secret, and the number
 * of an account may be one.
 */
export function imageUri(digest: string): string {
  return `${imageRepositoryUri()}@${checkedDigest(digest)}`;
}

/** For a preview where no image was deployed yet: none has this digest. */
export function noImage(): string {
  return imageUri(`sha256:${"0".repeat(64)}`);
}
