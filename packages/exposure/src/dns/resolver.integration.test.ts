import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { encode } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type Asked,
  answer,
  code,
  record,
  type Said,
  type ScriptedServer,
  startScriptedServer,
} from '../../test/dns-server.ts';
import { openResolver, type Reply, type Resolver, type ResolverOptions } from './resolver.ts';

const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(script: (asked: Asked) => Said): Promise<ScriptedServer> {
  const server = await startScriptedServer(script);
  closing.push(() => server.stop());
  return server;
}

async function open(
  servers: readonly { readonly address: string }[],
  options: ResolverOptions = {},
): Promise<Resolver> {
  const addresses = servers.map(({ address }) => address);
  const opened = await openResolver({ servers: addresses, timeoutMilliseconds: 100, ...options });
  if (opened.kind !== 'resolver') throw new Error(opened.server);
  closing.push(() => opened.resolver.close());
  return opened.resolver;
}

function addressesOf(reply: Reply): readonly string[] | string {
  return reply.kind === 'message' ? reply.message.answers.map(({ value }) => value) : reply.why;
}

const good = answer(record('www.test', 'A', '10.0.0.1'));

describe('a failure', () => {
  test.each([
    [2, 'servfail'],
    [5, 'refused'],
    [9, 'servfail'],
  ])('with code %i is told as %s and not asked again', async (rcode, why) => {
    const server = await serve(() => code(rcode));
    const resolver = await open([server]);
    expect(await resolver.ask('www.test', 'A')).toEqual({ kind: 'failed', why });
    expect(server.asked).toHaveLength(1);
  });

  test('of a silent server is a timeout after three tries', async () => {
    const server = await serve(() => null);
    const resolver = await open([server]);
    expect(await resolver.ask('www.test', 'A')).toEqual({ kind: 'failed', why: 'timeout' });
    expect(server.asked).toHaveLength(3);
  });

  test('of a server that never spoke is no longer waited for after a hundred tries', async () => {
    const server = await serve(() => null);
    const resolver = await open([server], { concurrency: 40, tries: 1, timeoutMilliseconds: 50 });
    const names = Array.from({ length: 1_000 }, (_, at) => `n${at}.test`);
    const replies = await Promise.all(names.map((name) => resolver.ask(name, 'A')));
    expect(replies.every((reply) => addressesOf(reply) === 'timeout')).toBe(true);
    expect(server.asked.length).toBeLessThan(200);
  });

  test('of nobody listening is a timeout', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => {
      socket.bind(0, '127.0.0.1', resolve);
    });
    const { port } = socket.address() as AddressInfo;
    socket.close();
    const resolver = await open([{ address: `127.0.0.1:${port}` }]);
    expect(await resolver.ask('www.test', 'A')).toEqual({ kind: 'failed', why: 'timeout' });
  });

  test('of one server is made good by the next', async () => {
    const [refusing, failing, silent] = await Promise.all([
      serve(() => code(5)),
      serve(() => code(2)),
      serve(() => null),
    ]);
    const answering = await serve(() => good);
    const resolver = await open([refusing, failing, silent, answering], { tries: 8 });
    expect(addressesOf(await resolver.ask('www.test', 'A'))).toEqual(['10.0.0.1']);
  });

  test('is no failure when the name does not exist or has no such record', async () => {
    const server = await serve(({ name }) => code(name === 'gone.test' ? 3 : 0));
    const resolver = await open([server]);
    expect(await resolver.ask('gone.test', 'A')).toMatchObject({ message: { rcode: 'nxdomain' } });
    expect(await resolver.ask('www.test', 'A')).toMatchObject({
      message: { rcode: 'noerror', answers: [] },
    });
  });
});

test('a lost packet is asked again', async () => {
  const server = await serve(({ times }) => (times < 3 ? null : good));
  const resolver = await open([server]);
  expect(addressesOf(await resolver.ask('www.test', 'A'))).toEqual(['10.0.0.1']);
});

describe('an answer that was not asked for', () => {
  const query = {
    type: 'response' as const,
    questions: [{ name: 'www.test', type: 'A' as const }],
  };
  const forged = { ...query, answers: [record('www.test', 'A', '6.6.6.6')] };

  test.each([
    ['with another id', encode({ ...forged, id: 1 })],
    [
      'to another question',
      encode({ ...forged, id: 7, questions: [{ name: 'x.test', type: 'A' }] }),
    ],
    [
      'to another type',
      encode({ ...forged, id: 7, questions: [{ name: 'www.test', type: 'NS' }] }),
    ],
    ['without a question', encode({ ...forged, id: 7, questions: [] })],
    ['that is a query', encode({ ...forged, id: 7, type: 'query' })],
    ['that is cut off', encode({ ...forged, id: 7 }).subarray(0, 30)],
    ['that is no message', Buffer.from([0, 7])],
  ])('%s is left aside and the wait goes on', async (_, octets) => {
    const server = await serve(() => [octets, good]);
    const resolver = await open([server], { messageId: () => 7 });
    expect(addressesOf(await resolver.ask('www.test', 'A'))).toEqual(['10.0.0.1']);
    expect(server.asked).toHaveLength(1);
  });
});

describe('a truncated answer', () => {
  const truncated = { flags: 0x0280 };

  test('is asked for again over TCP', async () => {
    const many = Array.from({ length: 200 }, (_, at) => record('www.test', 'A', `10.0.0.${at}`));
    const server = await serve(({ transport }) =>
      transport === 'udp' ? truncated : answer(...many),
    );
    const resolver = await open([server]);
    expect(addressesOf(await resolver.ask('www.test', 'A'))).toHaveLength(200);
    expect(server.asked.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
  });

  test('is a timeout where TCP stays silent, never half an answer', async () => {
    const half = { ...truncated, answers: [record('www.test', 'A', '10.0.0.1')] };
    const server = await serve(({ transport }) => (transport === 'udp' ? half : null));
    const resolver = await open([server], { tries: 1 });
    expect(await resolver.ask('www.test', 'A')).toEqual({ kind: 'failed', why: 'timeout' });
  });
});

test('a server that does not know EDNS is asked without, from then on', async () => {
  const server = await serve(({ edns }) => (edns ? code(1) : good));
  const resolver = await open([server]);
  expect(addressesOf(await resolver.ask('www.test', 'A'))).toEqual(['10.0.0.1']);
  expect(addressesOf(await resolver.ask('www.test', 'A'))).toEqual(['10.0.0.1']);
  expect(server.asked.map(({ edns }) => edns)).toEqual([true, false, false]);
});

test('no more queries are under way at once than allowed', async () => {
  const held: string[] = [];
  const server = await serve(({ name }) => {
    held.push(name);
    return null;
  });
  const resolver = await open([server], { concurrency: 5, tries: 1, timeoutMilliseconds: 600 });
  const asked = Array.from({ length: 10 }, (_, at) => resolver.ask(`n${at}.test`, 'A'));
  await expect.poll(() => held.length).toBe(5);
  const replies = await Promise.all(asked);
  expect(replies.every((reply) => addressesOf(reply) === 'timeout')).toBe(true);
  expect(held).toHaveLength(10);
});

test('an abort ends what is under way', async () => {
  const server = await serve(() => null);
  const stop = new AbortController();
  const resolver = await open([server], { signal: stop.signal, timeoutMilliseconds: 60_000 });
  const asked = resolver.ask('www.test', 'A');
  await expect.poll(() => server.asked.length).toBe(1);
  stop.abort();
  expect(await asked).toEqual({ kind: 'failed', why: 'aborted' });
  expect(await resolver.ask('www.test', 'A')).toEqual({ kind: 'failed', why: 'aborted' });
});

test('a server that has no address is told', async () => {
  expect(await openResolver({ servers: ['not a server'] })).toEqual({
    kind: 'unusable',
    server: 'not a server',
  });
});
