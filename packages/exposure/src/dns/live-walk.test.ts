import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { chainLimit } from './chain.ts';
import { findDelegation } from './delegations.ts';
import { walkLive } from './live-walk.ts';
import { createLookups } from './lookups.ts';
import type { WireMessage, WireRecord } from './message.ts';
import type { Reply, Resolver } from './resolver.ts';

function resolverOf(reply: (name: string, type: string) => Reply): Resolver {
  return {
    servers: ['127.0.0.1:53'],
    ask: (name, type) => Promise.resolve(reply(name, type)),
    close: () => {},
  };
}

function message(answers: readonly WireRecord[], parts: Partial<WireMessage> = {}): Reply {
  const flags = { isReply: true, authoritative: true, truncated: false, recursionAvailable: true };
  const base = { id: 1, rcode: 'noerror', question: null, authorities: [], ...flags };
  return { kind: 'message', message: { ...base, answers, ...parts } };
}

function record(owner: string, type: string, value: string): WireRecord {
  return { owner, type, value, ttl: 60 };
}

const none = (): readonly string[] => [];

test('a chain of ten hops is followed, one of eleven is too long, whether it comes at once or hop by hop', async () => {
  const chainOf = (hops: number): readonly WireRecord[] => {
    return Array.from({ length: hops }, (_, at) => record(`n${at}`, 'CNAME', `n${at + 1}`));
  };
  for (const hops of [chainLimit, chainLimit + 1]) {
    const whole = [...chainOf(hops), record(`n${hops}`, 'A', '10.0.0.1')];
    const atOnce = resolverOf(() => message(whole));
    const byHop = resolverOf((name) => message(whole.filter(({ owner }) => owner === name)));
    for (const resolver of [atOnce, byHop]) {
      const walked = await walkLive(createLookups(resolver), 'n0', none);
      expect(walked?.outcome).toBe(hops > chainLimit ? 'too-long' : 'resolved');
    }
  }
});

test('a shared target is asked about once', async () => {
  let asked = 0;
  const resolver = resolverOf((name, type) => {
    if (name === 'shared.test') asked += 1;
    const answers = name === 'shared.test' ? [] : [record(name, 'CNAME', 'shared.test')];
    return message(
      name === 'shared.test' && type === 'A' ? [record(name, 'A', '10.0.0.1')] : answers,
    );
  });
  const lookups = createLookups(resolver);
  await Promise.all(['a.test', 'b.test', 'c.test'].map((name) => walkLive(lookups, name, none)));
  // For each type of address, and for HTTPS records.
  expect(asked).toBe(3);
});

test('the targets of HTTPS records are followed, at the end of CNAMEs too, and the owner itself is none', async () => {
  const records = [
    record('www.test', 'CNAME', 'own.test'),
    record('own.test', 'A', '10.0.0.1'),
    record('own.test', 'HTTPS', '.'),
    record('own.test', 'HTTPS', 'edge.firm.test'),
    record('bare.test', 'HTTPS', 'shop.firm.test'),
    ...['edge.firm.test', 'shop.firm.test'].map((name) => record(name, 'A', '10.0.0.9')),
  ];
  const resolver = resolverOf((name, type) =>
    message(records.filter((one) => one.owner === name && ['CNAME', type].includes(one.type))),
  );
  const lookups = createLookups(resolver);
  const found = await Promise.all(
    ['www.test', 'bare.test'].map((name) => walkLive(lookups, name, none)),
  );
  expect(found.map((one) => one?.chain.map(({ kind, to }) => `${kind} ${to}`))).toEqual([
    ['cname own.test', 'https edge.firm.test'],
    ['https shop.firm.test'],
  ]);
  expect(found.map((one) => one?.outcome)).toEqual(['resolved', 'resolved']);
});

test('any answers at all, to any question, come to an end and never to a throw', async () => {
  const name = fc.constantFrom(
    'a',
    'b',
    'x.a',
    'y.x.a',
    'a.b',
    '.',
    'a.kittens.test',
    'kittens.test',
  );
  const type = fc.constantFrom('A', 'AAAA', 'CNAME', 'DNAME', 'NS', 'SOA', 'TYPE99');
  const wire = fc
    .tuple(name, type, fc.oneof(name, fc.constant('10.0.0.1')), fc.constantFrom(0, 60))
    .map(([owner, kind, value, ttl]) => ({ owner, type: kind, value, ttl }));
  const reply: fc.Arbitrary<Reply> = fc.oneof(
    fc
      .record({
        answers: fc.array(wire, { maxLength: 5 }),
        authorities: fc.array(wire, { maxLength: 2 }),
        rcode: fc.constantFrom('noerror', 'nxdomain', 'rcode6'),
        authoritative: fc.boolean(),
        recursionAvailable: fc.boolean(),
      })
      .map(({ answers, ...parts }) => message(answers, parts)),
    fc
      .constantFrom('timeout' as const, 'servfail' as const, 'refused' as const, 'aborted' as const)
      .map((why): Reply => ({ kind: 'failed', why })),
  );
  const replies = fc.array(reply, { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(replies, fc.array(name, { maxLength: 2 }), async (said, aliases) => {
      let turn = 0;
      const resolver = resolverOf(() => {
        turn += 1;
        return said[turn % said.length] ?? { kind: 'failed', why: 'timeout' };
      });
      const lookups = createLookups(resolver);
      const walked = await walkLive(lookups, 'a.kittens.test', () => aliases);
      const question = { zone: null, referral: null, hasCname: false };
      const familyZone = 'kittens.test';
      await findDelegation(lookups, { name: 'y.a.kittens.test', familyZone, ...question });
      expect(walked === null || walked.chain.length <= 300).toBe(true);
      expect(turn).toBeLessThan(2_000);
    }),
    { numRuns: fuzzRuns },
  );
}, 300_000);
