import { createServer } from 'node:http';
import family from '@latchkey-example/family';
import { createDevelopmentFetch } from '@latchkey-example/family/development-fetch';
import { httpService, portOf, serveUntilStopped } from '@latchkey-example/family/serve';
import { createShop } from './app.ts';

const platform = { fetch: createDevelopmentFetch() };
const { app, store } = createShop({ family, platform });
await serveUntilStopped(
  httpService(createServer(app), () => store.close()),
  portOf(family, 'shop'),
);
