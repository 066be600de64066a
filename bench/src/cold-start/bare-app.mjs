// An app without sessions, as plain JavaScript: what starts is what is measured, not the stripping of types.
import { createServer } from 'node:http';
import { listen } from './listen.mjs';

listen(createServer((_request, response) => response.end('{"signedIn":false}')));
