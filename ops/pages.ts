interface Page<T> {
  readonly items: readonly T[] | undefined;
  /** Where the next page begins; undefined for none. */
  readonly next: string | undefined;
}

/** All items of a list that AWS gives out in pages. */
export async function allPages<T>(page: (marker: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = [];
  let marker: string | undefined;
  do {
    const { items = [], next } = await page(marker);
    found.push(...items);
    marker = next;
  } while (marker !== undefined);
  return found;
}
