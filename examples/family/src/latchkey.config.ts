import { join } from 'node:path';
import { defineFamily, type Family } from '@latchkey/session';
import { readSettings } from './settings.ts';

const { basePort, dataFolder, store } = readSettings(process.env);
const wiki = `http://wiki.ponies.localhost:${basePort + 4}`;

/** The development family: a login host and four apps on three sites, on this machine alone. */
const family: Family = defineFamily({
  name: 'Kittens',
  loginHost: `http://login.kittens.localhost:${basePort}`,
  // Set for the login host's process alone; an app's process has only the key of its own app.
  secrets: [process.env['LATCHKEY_SECRET']],
  store,
  database: `sqlite:${join(dataFolder, 'latchkey.db')}`,
  session: { key: '_kittens_session', domain: 'all', tldLength: 2, idleSeconds: 604_800 },
  // Anybody may ask for an account; ada approves. The link comes to the development mailbox.
  people: { registration: 'open' },
  apps: {
    shop: {
      origin: `http://shop.kittens.localhost:${basePort + 1}`,
      reach: 'shared',
      description: 'Yarn, boxes and feathers, delivered by Thursday.',
    },
    blog: {
      origin: `http://blog.kittens.localhost:${basePort + 2}`,
      reach: 'shared',
      description: 'What kittens think about at three in the morning.',
    },
    toys: {
      origin: `http://toys.puppies.localhost:${basePort + 3}`,
      reach: 'handshake',
      description: 'Things that squeak, roll and come back.',
    },
    wiki: {
      origin: wiki,
      reach: 'oidc',
      redirectUris: [`${wiki}/_latchkey/callback`],
      description: 'Everything the ponies know, and who wrote it down.',
    },
  },
});

export default family;
