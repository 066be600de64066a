// Runs the adapter contract against Next.js, in production mode and in one process: the handler of each case is handed to
// the app by a global. Prints a line of JSON for each case.
import { createServer } from 'node:http';
import { latchkey } from '@latchkey/session/next';
import { adapterContract } from '@latchkey/testkit';
import next from 'next';
import { nextCases } from './next-cases.mjs';

// What `request.url` is built on; Next.js reads no `Host` header for it.
const address = { hostname: 'app.kittens.example', port: 443 };
const app = next({ dev: false, dir: import.meta.dirname, quiet: true, ...address });
await app.prepare();
const handle = app.getRequestHandler();

/** Next.js cannot make a request of TRACE and answers 500: whoever runs its server keeps that away. */
function serve(request, response) {
  if (request.method === 'TRACE') response.writeHead(405).end();
  else handle(request, response).catch(() => response.destroy());
}

const adapter = {
  make: (handler) => latchkey(handler, {}),
  cookieForms: ['response-headers', 'headers-append', 'headers-object'],
  lateForms: ['body', 'headers'],
  async start(handler) {
    globalThis.latchkeyHandler = handler;
    const server = createServer(serve);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      port: server.address().port,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    };
  },
};

const wanted = process.argv[2];
for (const { name, run } of [...adapterContract, ...nextCases]) {
  if (wanted !== undefined && !name.includes(wanted)) continue;
  const error = await run(adapter).then(
    () => null,
    (cause) => String(cause.message),
  );
  console.log(JSON.stringify({ name, error }));
}
process.exit(0);
