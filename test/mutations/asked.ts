/** What the runner asks of a process that runs tests, and what that answers. */
export interface Asked {
  /** One group after the other, up to the first test that fails. */
  readonly groups: readonly (readonly string[])[];
  /** Source of a pattern of titles. */
  readonly unless: string;
}

export type Answer =
  | { readonly failed: false; readonly tests: number }
  | { readonly failed: true; readonly test: string; readonly message: string; readonly how: Failure };

/** A test says no, or something broke down on the way to one, or never ended, which says nothing. */
export type Failure = "asserted" | "broken" | "hung";
