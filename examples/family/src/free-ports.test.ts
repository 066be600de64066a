import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { findPortInUse } from './free-ports.ts';

test('the port on which something listens is found, and only while it does', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await findPortInUse([port])).toBe(port);
  server.close();
  await once(server, 'close');
  expect(await findPortInUse([port])).toBeNull();
});

test('a server on all addresses counts as well', async () => {
  const server = createServer().listen(0, '0.0.0.0');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await findPortInUse([port])).toBe(port);
  server.close();
});
