/** Does something for each of many, a bounded number at once; the first failure stops the rest. */

/** What is not asked for yet is not made: a stream of any length takes the memory of `atOnce`. */
export async function forEachOf<T>(
  items: AsyncGenerator<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let failed = false;
  async function worker(): Promise<void> {
    try {
      for (let next = await items.next(); !next.done && !failed; next = await items.next()) await work(next.value);
    } catch (thrown) {
      failed = true;
      throw thrown;
    }
  }
  const settled = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  await items.return(undefined);
  for (const result of settled) if (result.status === 'rejected') throw result.reason;
}
