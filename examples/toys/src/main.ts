import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import family from '@latchkey-example/family';
import { createDevelopmentFetch } from '@latchkey-example/family/development-fetch';
import { httpService, portOf, serveUntilStopped } from '@latchkey-example/family/serve';
import { createToys } from './app.ts';

const platform = { fetch: createDevelopmentFetch() };
const { app, store } = createToys({ family, platform });
const server = createAdaptorServer({ fetch: app.fetch }) as Server;
await serveUntilStopped(
  httpService(server, () => store.close()),
  portOf(family, 'toys'),
);
