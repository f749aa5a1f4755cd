import { parseArgs } from "node:util";

import { START_PATIENCE_SECONDS } from "./config.ts";
import { dropPreviousKey, rotateApiKey } from "./migration/api-key-rotation.ts";
import { rotateDatabasePassword } from "./migration/password-rotation.ts";
import { runOnce } from "./migration/program.ts";

const usage = "rotate.mjs takes no argument for the database's password, or `api-key <client>`, or"
  + " `api-key <client> --drop-previous`";

await runOnce("rotation", async (config, secrets, log) => {
  const { client, dropPrevious } = readArguments();
  if (client === undefined) {
    await rotateDatabasePassword(config, secrets, START_PATIENCE_SECONDS, log);
  } else {
    await (dropPrevious ? dropPreviousKey : rotateApiKey)(secrets, config.API_KEYS_SECRET_ARN, client, log);
  }
});

function readArguments(): { client: string | undefined; dropPrevious: boolean } {
  const { positionals: [what, client, ...others], values } = parseArgs({
    allowPositionals: true, options: { "drop-previous": { type: "boolean", default: false } },
  });
  const dropPrevious = values["drop-previous"];
  const forDatabase = what === undefined && !dropPrevious;
  const forClient = what === "api-key" && client !== undefined && others.length === 0;
  if (!forDatabase && !forClient) {
    throw new Error(`${usage}; got "${process.argv.slice(2).join(" ")}"`);
  }
  return { client, dropPrevious };
}
