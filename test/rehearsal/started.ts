/** As `Promise.all`, and waits for all of them where one fails: what is to be stopped must not be about to start. */
export async function started<T extends readonly unknown[]>(
  starts: T,
): Promise<{ -readonly [Each in keyof T]: Awaited<T[Each]> }> {
  await Promise.allSettled(starts);
  return Promise.all(starts);
}
