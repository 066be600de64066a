// A second process of the toys, as behind a balancer: same family, same key, same store, another port.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import family from '@latchkey-example/family';
import { createToys } from '@latchkey-example/toys/app';

const { app } = createToys({ family });
const server = createAdaptorServer({ fetch: app.fetch }) as Server;
server.listen(0, '127.0.0.1', () => {
  console.log(`Second toys on port ${(server.address() as AddressInfo).port}`);
});
