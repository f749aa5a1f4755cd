import { PolicyPack } from "@pulumi/policy";

import { policies } from "./pack";

new PolicyPack("accounts", { policies: policies() });
