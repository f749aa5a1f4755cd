import type { Columns } from "./columns.ts";

/** A statement the server prepares once per connection, under its name. */
export interface Statement<Row extends object> {
  readonly name: string;
  readonly text: string;
  /** What it answers: the names in the order of the text, and how to read each. Empty where no rows are wanted. */
  readonly columns: Columns<Row>;
  /** Running it twice leaves the same and answers the same, so it may be sent again after a broken connection. */
  readonly repeatable: boolean;
  /** Touches one row by its key, so it is over soon and may share a connection with others; see `lane.ts`. */
  readonly bounded: boolean;
}

export type Run = <Row extends object>(statement: Statement<Row>, values: readonly unknown[]) => Promise<Row[]>;
