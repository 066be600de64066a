import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAnswerReader } from './answer-reader.ts';

const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello');

test('answers are told apart, in whatever pieces they arrive', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(answer.length), { maxLength: 6 }), (cuts) => {
      const reader = createAnswerReader();
      const edges = [0, ...cuts.toSorted((a, b) => a - b), answer.length];
      for (let repeat = 0; repeat < 2; repeat += 1) {
        const statuses = edges
          .slice(1)
          .map((edge, index) => answer.subarray(edges[index], edge))
          .filter((piece) => piece.length > 0)
          .map((piece) => reader.push(piece));
        expect(statuses.at(-1)).toBe(200);
        expect(statuses.slice(0, -1).every((status) => status === null)).toBe(true);
      }
    }),
  );
});

test('an answer of unknown length stops the measurement', () => {
  const reader = createAnswerReader();
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  expect(() => reader.push(Buffer.from(chunked))).toThrow('without content-length');
});
