// The login host of the development family, as a process of its own.
import { createLoginHost } from '@latchkey/server';
import family from './latchkey.config.ts';
import { serveUntilStopped } from './serve.ts';
import { readSettings } from './settings.ts';

const { basePort, dataFolder } = readSettings(process.env);
const password = process.env['LATCHKEY_SEED_PASSWORD'];

const loginHost = await createLoginHost({
  family,
  isDevelopment: process.env['NODE_ENV'] !== 'production',
  seeds: password === undefined || password === '' ? { dataFolder } : { dataFolder, password },
});
await serveUntilStopped(loginHost, basePort);
// The supervisor prints them; nobody else listens.
process.send?.({ seeded: loginHost.seeded });
