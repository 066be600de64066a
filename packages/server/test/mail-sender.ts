import { openDatabase } from '../src/database/open-database.ts';
import { createMailOutbox } from '../src/mail/mail-outbox.ts';
import { createSmtpTransport } from '../src/mail/smtp-transport.ts';
import { composeBare, mailKeys } from './mails.ts';

// A process of its own that sends the mails of a database (first argument) to a port (second), until it is killed.
const [url = '', port = ''] = process.argv.slice(2);
const { db } = await openDatabase(url);
const server = { host: '127.0.0.1', port: Number(port), tls: 'off', login: null } as const;
createMailOutbox({
  db,
  keys: mailKeys,
  transport: createSmtpTransport({ server, name: 'login.example', timeoutMilliseconds: 60_000 }),
  compose: composeBare,
  timeoutMilliseconds: 60_000,
  now: Date.now,
  random: Math.random,
  onEvent: () => undefined,
}).start();
setInterval(() => undefined, 1000);
