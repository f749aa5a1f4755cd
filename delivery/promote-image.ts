import { tagImage } from "./image/registry";
import { checkedDigest } from "./image/uri";
import { promotedTag } from "./names";
import { runScript } from "./run-script";

/**
 * Keeps an image for as long as nobody deletes it by hand. Before prod runs it: from then on ECS pulls it for each task
 * that it adds.
 */
async function main([digest = ""]: readonly string[]): Promise<void> {
  const tag = promotedTag(checkedDigest(digest));
  await tagImage(digest, tag);
  process.stderr.write(`the tag ${tag} keeps ${digest}\n`);
}

runScript(() => main(process.argv.slice(2)));
