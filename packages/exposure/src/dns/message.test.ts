import { type Answer, decode, encode, type Packet, type Question } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { decodeMessage, encodeQuery } from './message.ts';

const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
const hostName = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.'));

function answerArbitrary(): fc.Arbitrary<Answer> {
  const ttl = fc.nat(86_400);
  const named = fc.constantFrom('CNAME', 'DNAME', 'NS', 'PTR');
  return fc.oneof(
    fc.record({ type: fc.constant('A' as const), name: hostName, ttl, data: fc.ipV4() }),
    fc.record({ type: named, name: hostName, ttl, data: hostName }) as fc.Arbitrary<Answer>,
    fc.record({ type: fc.constant('TXT' as const), name: hostName, ttl, data: fc.string() }),
  );
}

describe('a message that another implementation wrote', () => {
  test('is read as that one means it', () => {
    const packets = fc.record({
      id: fc.nat(65_535),
      name: hostName,
      answers: fc.array(answerArbitrary(), { maxLength: 8 }),
      authorities: fc.array(answerArbitrary(), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(packets, ({ id, name, answers, authorities }) => {
        const questions: Question[] = [{ type: 'A', name }];
        const packet: Packet = { type: 'response', id, questions, answers, authorities };
        const message = decodeMessage(encode(packet));
        expect(message?.id).toBe(id);
        expect(message?.question).toEqual({ name, type: 'A' });
        const read = message?.answers.map(({ owner, type, ttl }) => [owner, type, ttl]);
        expect(read).toEqual(answers.map((one) => [one.name, one.type, 'ttl' in one && one.ttl]));
        const targets = message?.answers.filter((one) => one.type !== 'TXT');
        const data = answers.filter((one) => one.type !== 'TXT');
        expect(targets?.map(({ value }) => value)).toEqual(
          data.map((one) => 'data' in one && one.data),
        );
        expect(message?.authorities).toHaveLength(authorities.length);
      }),
    );
  });

  test('has its flags and code', () => {
    const flags = 0x0400 | 0x0200 | 0x0080 | 3;
    const message = decodeMessage(encode({ type: 'response', id: 1, flags }));
    expect(message).toMatchObject({
      isReply: true,
      authoritative: true,
      truncated: true,
      recursionAvailable: true,
      rcode: 'nxdomain',
      question: null,
    });
  });
});

test('a query is read by another implementation as it is meant', () => {
  fc.assert(
    fc.property(hostName, fc.nat(65_535), fc.boolean(), (name, id, edns) => {
      const read = decode(encodeQuery({ id, name, type: 'AAAA', edns }));
      expect(read).toMatchObject({ id, type: 'query', flag_rd: true });
      expect(read.questions).toEqual([{ name, type: 'AAAA', class: 'IN' }]);
      expect(read.additionals?.map(({ type }) => type)).toEqual(edns ? ['OPT'] : []);
    }),
  );
});

test('a dot inside a label of an answer stays inside', () => {
  const query = encodeQuery({ id: 7, name: 'own\\.example.com', type: 'A', edns: false });
  query.writeUInt16BE(0x8000, 2);
  expect(decodeMessage(query)?.question?.name).toBe('own\\.example.com');
  expect(decode(query).questions?.[0]?.name).toBe('own.example.com');
});

test('a name that points to itself or forwards is malformed', () => {
  const header = Buffer.from([0, 1, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const itself = Buffer.concat([header, Buffer.from([0xc0, 12, 0, 1, 0, 1])]);
  const forwards = Buffer.concat([header, Buffer.from([0xc0, 18, 0, 1, 0, 1, 1, 97, 0])]);
  expect(decodeMessage(itself)).toBe(null);
  expect(decodeMessage(forwards)).toBe(null);
});

describe('hostile octets', () => {
  test('are read or refused, never thrown at', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        decodeMessage(Buffer.from(octets));
      }),
      { numRuns: fuzzRuns },
    );
  }, 300_000);

  test('are read or refused also where only some are wrong', () => {
    const changes = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 6 });
    const packets = fc.tuple(fc.array(answerArbitrary(), { maxLength: 6 }), changes, fc.nat(400));
    fc.assert(
      fc.property(packets, ([answers, spots, cut]) => {
        const questions: Question[] = [{ type: 'A', name: 'www.kittens.test' }];
        const octets = encode({ type: 'response', id: 1, questions, answers });
        for (const [at, value] of spots) octets[at % octets.length] = value;
        decodeMessage(octets);
        decodeMessage(octets.subarray(0, cut));
      }),
      { numRuns: fuzzRuns },
    );
  }, 300_000);
});
