/** Columns as wide as their widest cell, two spaces apart, indented by two. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((known, row) =>
    row.map((cell, column) => Math.max(cell.length, known[column] ?? 0)), []);
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}

/** `2026-01-31 09:30:00Z`. */
export function moment(date: Date | undefined): string {
  return date === undefined ? "never" : date.toISOString().replace("T", " ").replace(/\.\d+Z$/, "Z");
}
