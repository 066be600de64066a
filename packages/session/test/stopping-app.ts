import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sessions } from '../src/adapters/node.ts';

/**
 * A process that makes `sessions()` over the store of its first argument, as a module of an app does. `import`: that is all.
 * `serve`: it also listens, prints its port, and closes its server when it is told to stop, and nothing else. `close`: then
 * it closes its sessions too.
 */
const [store = '', what = 'import'] = process.argv.slice(2);
const app = sessions({ origin: 'http://shop.localhost', store });
const server = createServer(
  app((request, response) => {
    request.session.data['seen'] = true;
    response.end('seen');
  }),
);
if (what !== 'import') {
  process.on('SIGTERM', () => {
    server.close(() => (what === 'close' ? app.close() : undefined));
    server.closeAllConnections();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  console.log((server.address() as AddressInfo).port);
}
