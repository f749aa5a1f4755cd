/** What the runner asks of a process that runs tests, and what that answers. */
export interface Asked {
  /** One group after the other, up to the first test that fails. */
  readonly groups: readonly (readonly string[])[];
  /** Source of a pattern of titles. */
  readonly unless: string;
}

export type Answer =
  | { readonly failed: false; readonly tests: number }
  /** `asserted`: it is a test that says no, and not a program that broke down on the way to one. */
  | { readonly failed: true; readonly test: string; readonly message: string; readonly asserted: boolean };
