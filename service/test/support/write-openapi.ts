import { writeFileSync } from "node:fs";

import { startEnvironment } from "./environment.ts";
import { OPENAPI_FILE, openApiText, withDocument } from "./openapi.ts";
import { startService } from "./service.ts";

/** `npm run openapi`: writes what the service says of itself when it runs. */
const environment = await startEnvironment();
await environment.migrate();
const service = await startService(environment, withDocument);
writeFileSync(OPENAPI_FILE, openApiText(service.app));
await service.stop();
await environment.stop();
