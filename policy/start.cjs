"use strict";

// Pulumi would check the types of the pack at every start, with all types of AWS; `npm run types` has done that. Files
// are loaded by what was registered for that last.
require("tsx/cjs");
require("./index.ts");
