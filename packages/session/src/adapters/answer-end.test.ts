import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { listen } from '../../test/listen.ts';
import { whenAnswered } from './answer-end.ts';

const closing: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** What a server holds of so many requests that one client sends at once, and the client. */
async function exchanges(count: number): Promise<{ held: readonly Exchange[]; client: Socket }> {
  const held: Exchange[] = [];
  let allCame = (): void => undefined;
  const came = new Promise<void>((resolve) => {
    allCame = resolve;
  });
  const server = createServer((incoming, outgoing) => {
    if (held.push({ incoming, outgoing }) === count) allCame();
  });
  const { port, close } = await listen(server);
  closing.push(close);
  const client = connect(port, '127.0.0.1');
  closing.push(() => client.destroy());
  client.on('error', () => undefined);
  client.write('GET / HTTP/1.1\r\nHost: a.localhost\r\n\r\n'.repeat(count));
  await came;
  return { held, client };
}

const ended = ({ incoming, outgoing }: Exchange): Promise<void> =>
  new Promise((resolve) => whenAnswered(incoming, outgoing, resolve));

test('an answer is over when it is finished', async () => {
  const { held } = await exchanges(1);
  const over = held.map(ended);
  for (const { outgoing } of held) outgoing.end('done');
  await Promise.all(over);
});

test('it is over when the visitor leaves, also where it waits behind another answer', async () => {
  const { held, client } = await exchanges(3);
  const over = held.map(ended);
  client.destroy();
  await Promise.all(over);
});

test('it is over at once where the visitor left before', async () => {
  const { held, client } = await exchanges(2);
  const left = held.map(ended);
  client.destroy();
  await Promise.all(left);
  let calls = 0;
  for (const { incoming, outgoing } of held) {
    whenAnswered(incoming, outgoing, () => {
      calls += 1;
    });
  }
  expect(calls).toBe(2);
});

test('however many answers wait on a connection, it has one listener of theirs, and each is told once', async () => {
  const { held } = await exchanges(30);
  const before = held[0]?.incoming.socket.listenerCount('close') ?? 0;
  const calls = held.map(() => 0);
  const over = held.map(
    ({ incoming, outgoing }, index) =>
      new Promise<void>((resolve) => {
        whenAnswered(incoming, outgoing, () => {
          calls[index] = (calls[index] ?? 0) + 1;
          resolve();
        });
      }),
  );
  expect(held[0]?.incoming.socket.listenerCount('close')).toBe(before + 1);
  for (const { outgoing } of held) outgoing.end('done');
  await Promise.all(over);
  expect(calls).toEqual(held.map(() => 1));
});
