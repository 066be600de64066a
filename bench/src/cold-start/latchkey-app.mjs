// The same with sessions on the memory store, from the package as it is published.
import { createServer } from 'node:http';
import { sessions } from '@latchkey/session/node';
import { listen } from './listen.mjs';

const withSession = sessions({ origin: 'https://shop.example', store: 'memory:' });
listen(
  createServer(
    withSession(({ session }, response) =>
      response.end(JSON.stringify({ signedIn: session.signedIn })),
    ),
  ),
);
