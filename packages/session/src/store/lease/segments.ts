/** A buffer that is filled from the front. */
export interface Segment {
  /** Where its entries are, in the count of all segments. */
  readonly number: number;
  readonly buffer: Buffer;
  used: number;
}

/** Segments of one size, in the order in which they were added. */
export interface Segments {
  at(number: number): Segment | undefined;
  /** The one that is being filled. */
  last(): Segment | undefined;
  count(): number;
  /** Adds one, on a buffer of the same size that nobody needs any more if there is one. */
  add(buffer: Buffer | null): Segment;
  takeOldest(): Segment | undefined;
  clear(): void;
}

/** Numbers of segments begin again from here; far fewer are held at once, and places stay small numbers. */
const segmentNumbers = 1024;

export function createSegments(segmentBytes: number): Segments {
  /** The oldest first. */
  const segments: Segment[] = [];
  const byNumber: (Segment | undefined)[] = [];
  let filled = 0;
  return {
    at: (number) => byNumber[number],
    last: () => segments.at(-1),
    count: () => segments.length,
    add(buffer) {
      filled = (filled + 1) % segmentNumbers;
      const next = {
        number: filled,
        buffer: buffer ?? Buffer.allocUnsafeSlow(segmentBytes),
        used: 0,
      };
      segments.push(next);
      byNumber[filled] = next;
      return next;
    },
    takeOldest() {
      const oldest = segments.shift();
      if (oldest !== undefined) byNumber[oldest.number] = undefined;
      return oldest;
    },
    clear() {
      segments.length = 0;
      byNumber.length = 0;
    },
  };
}
