import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createDevelopmentFetch, lookupLoopback } from './development-fetch.ts';

test('it reaches names under .localhost on this machine', async () => {
  const server = createServer((request, response) => response.end(request.headers.host));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const response = await createDevelopmentFetch({})(`http://a.b.localhost:${port}/`);
  expect(await response.text()).toBe(`a.b.localhost:${port}`);
  server.closeAllConnections();
  server.close();
});

test('it is not made in production', () => {
  expect(() => createDevelopmentFetch({ NODE_ENV: 'production' })).toThrow(/NODE_ENV=production/);
});

test('both forms of a lookup are answered, and only for localhost', () => {
  const answers: unknown[] = [];
  lookupLoopback('x.localhost', {}, (...answer) => answers.push(answer));
  lookupLoopback('localhost', { all: true }, (...answer) => answers.push(answer));
  expect(answers).toEqual([
    [null, '127.0.0.1', 4],
    [null, [{ address: '127.0.0.1', family: 4 }]],
  ]);
});
