import { existsSync } from 'node:fs';
import { deriveAppKey } from '@latchkey/session/parts';
import { expect, test } from 'vitest';
import family from './latchkey.config.ts';
import { planProcesses } from './process-plans.ts';

const secret = 'a family secret that is long enough';
const settings = { basePort: 7200, dataFolder: '/tmp/data', store: 'sqlite:/tmp/data/sessions.db' };
const environment = {
  PATH: '/bin',
  LATCHKEY_SECRET: 'something else, from the shell, long',
  LATCHKEY_SEED_PASSWORD: 'password of the people',
  LATCHKEY_APP_KEY: 'left over',
};
const plans = planProcesses({ family, settings, environment }, secret);

test('the login host and each app are a process of their own', () => {
  expect(plans.map(({ name }) => name)).toEqual(['login', 'shop', 'blog', 'toys', 'wiki']);
  for (const { file } of plans.slice(0, 4)) expect(existsSync(file), file).toBe(true);
});

test('the family secret and the password are told to the login host alone', () => {
  const [login, ...apps] = plans;
  expect(login?.environment).toMatchObject({
    LATCHKEY_SECRET: secret,
    LATCHKEY_SEED_PASSWORD: 'password of the people',
  });
  expect(login?.environment).not.toHaveProperty('LATCHKEY_APP_KEY');
  for (const { name, environment: own } of apps) {
    expect(own).not.toHaveProperty('LATCHKEY_SECRET');
    expect(own).not.toHaveProperty('LATCHKEY_SEED_PASSWORD');
    expect(own['LATCHKEY_APP_KEY']).toBe(deriveAppKey(secret, name));
    expect(JSON.stringify(own)).not.toContain(secret);
  }
});

test('every process is told the same ports, folder and store', () => {
  for (const { environment: own } of plans) {
    expect(own).toMatchObject({
      PATH: '/bin',
      LATCHKEY_BASE_PORT: '7200',
      LATCHKEY_DATA: '/tmp/data',
      LATCHKEY_STORE: 'sqlite:/tmp/data/sessions.db',
    });
  }
});
