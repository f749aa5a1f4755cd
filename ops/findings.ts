import type { Service } from "@aws-sdk/client-ecs";

import type { Session } from "./session";

/** What was found of one part, and what of it is not as it should be. */
export interface Findings {
  readonly lines: readonly string[];
  readonly problems: readonly string[];
}

/** Looks at one part. The service is asked for once, whoever needs it first. */
export type Look = (session: Session, service: () => Promise<Service>) => Promise<Findings>;
