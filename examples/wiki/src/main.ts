import { createServer } from 'node:http';
import family from '@latchkey-example/family';
import { createDevelopmentFetch } from '@latchkey-example/family/development-fetch';
import { httpService, portOf, serveUntilStopped } from '@latchkey-example/family/serve';
import { createWiki } from './app.ts';

const wiki = createWiki({
  family,
  dataFolder: process.env['LATCHKEY_DATA'] ?? '.latchkey',
  platform: { fetch: createDevelopmentFetch() },
});
await serveUntilStopped(
  httpService(createServer(wiki.listener), () => wiki.close()),
  portOf(family, 'wiki'),
);
