// The login host of the development family, as a process of its own.
import { createLoginHost } from '@latchkey/server';
import { createDevelopmentFetch } from './development-fetch.ts';
import family from './latchkey.config.ts';
import { logEvent, serveUntilStopped } from './serve.ts';
import { readSettings } from './settings.ts';

const { basePort, dataFolder } = readSettings(process.env);
const password = process.env['LATCHKEY_SEED_PASSWORD'];

const loginHost = await createLoginHost({
  family,
  dataFolder,
  isDevelopment: process.env['NODE_ENV'] !== 'production',
  seeds: password === undefined || password === '' ? {} : { password },
  fetch: createDevelopmentFetch(),
  onEvent: logEvent,
});
await serveUntilStopped(loginHost, basePort);
// The supervisor prints them; nobody else listens.
process.send?.({ people: loginHost.people ?? [] });
