/** A statement the server prepares once per connection, under its name. */
export interface Statement<Row> {
  readonly name: string;
  readonly text: string;
  /** Running it twice leaves the same and answers the same, so it may be sent again after a broken connection. */
  readonly repeatable: boolean;
  /** Touches one row by its key, so it is over soon and may share a connection with others; see `lane.ts`. */
  readonly bounded: boolean;
  /** Only the type of a row; never set. */
  readonly row?: Row;
}

export type Run = <Row>(statement: Statement<Row>, values: readonly unknown[]) => Promise<Row[]>;
