import { writeFileSync } from "node:fs";

import { controlsFile, controlsPage } from "./controls-page";

writeFileSync(controlsFile, controlsPage());
console.log("docs/controls.md: what policy/ enforces");
