/** How many calls of the store are under way at a time: an ending waits out the lease of other processes' memory. */
const atOnce = 64;

/** Works on all items, a bounded number at a time. Rejects with the first failure once its batch has settled. */
export async function inBatches<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < items.length; start += atOnce) {
    const batch = items.slice(start, start + atOnce);
    const outcomes = await Promise.allSettled(batch.map(work));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
