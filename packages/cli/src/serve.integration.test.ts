import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWorkplace, secret, type Workplace } from '../test/command.ts';
import { serveLoginHost } from '../test/login-host.ts';

let place: Workplace;
beforeEach(async () => {
  place = await createWorkplace();
});
afterEach(() => place.remove());

test.each(['SIGTERM', 'SIGINT'] as const)(
  'it answers until %s and stops cleanly',
  async (signal) => {
    const loginHost = await serveLoginHost(place);
    expect(await loginHost.ask('/health/ready')).toBe(200);
    expect(await loginHost.ask('/sign-in')).toBe(200);
    expect(await loginHost.ask('/.well-known/openid-configuration')).toBe(200);
    expect(await loginHost.stop(signal)).toBe(0);
    await expect(loginHost.ask('/health/live')).rejects.toThrow();
    const events = loginHost.lines.map((line) => JSON.parse(line));
    expect(events.map(({ type }) => type)).toEqual([
      'login-host.listening',
      'login-host.stopping',
      'login-host.stopped',
    ]);
    for (const { time } of events) expect(new Date(time).toISOString()).toBe(time);
  },
);

test('what it is told of is logged as JSON lines without secrets', async () => {
  const loginHost = await serveLoginHost(place);
  const token = 'dG9rZW4tdGhhdC1ub2JvZHktbWF5LXNlZQ';
  await loginHost.ask(`/oidc/authorize?client_id=nobody&id_token_hint=${token}`);
  await loginHost.ask(`/handshake?app=shop&return_to=/&state=${token}`);
  await loginHost.stop('SIGTERM');
  const text = loginHost.lines.join('\n');
  expect(loginHost.lines.map((line) => JSON.parse(line).type)).toContain(
    'provider.authorization-refused',
  );
  expect(text).not.toContain(token);
  expect(text).not.toContain(secret);
});

test.for<[string, NodeJS.ProcessEnv, number, string]>([
  ['no secret', { LATCHKEY_SECRET: '' }, 1, 'secret_missing'],
  ['a weak secret', { LATCHKEY_SECRET: 'changeme'.repeat(8) }, 1, 'secret_missing'],
  ['a password for development people', { LATCHKEY_SEED_PASSWORD: 'pw' }, 1, 'seeds_refused'],
])('%s is refused', async ([_what, environment, exitCode, code]) => {
  const ended = await place.run(['serve', '--port', String(place.port), '--json'], '', environment);
  expect(ended).toMatchObject({ exitCode, stdout: '' });
  expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code } });
  expect(ended.stderr).not.toContain('changemechangeme');
});

test.each([
  ["store: 'memory:'", 'store_not_shared'],
  ['database: null', 'family_invalid'],
])('a family with %s is refused', async (change, code) => {
  place.write(
    'other.ts',
    `import family from './latchkey.config.ts';
export default { ...family, ${change} };`,
  );
  const args = ['serve', '--port', String(place.port), '--config', 'other.ts', '--json'];
  const ended = await place.run(args);
  expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code } });
});

test.each([
  ['a listed proxy', ['--trusted-proxy', '127.0.0.1'], false],
  ['a proxy that is not listed', [], true],
])('behind %s the limit for an address counts accordingly', async (_what, more, isShared) => {
  const loginHost = await serveLoginHost(place, more);
  const guess = async (number: number, from: string): Promise<number> =>
    (await loginHost.signIn(`p${number}@kittens.example`, 'wrong horse battery', from)).status;
  const guesses = Array.from({ length: 50 }, (_, number) => guess(number, '198.51.100.1'));
  expect(new Set(await Promise.all(guesses))).not.toContain(429);
  expect(await guess(50, '198.51.100.1')).toBe(429);
  expect((await guess(51, '198.51.100.2')) === 429).toBe(isShared);
  await loginHost.stop('SIGTERM');
});

test('a port that is in use is one line', async () => {
  const other = createServer().listen(place.port, '127.0.0.1');
  await once(other, 'listening');
  const ended = await place.run(['serve', '--port', String(place.port)]);
  other.close();
  expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
  expect(ended.stderr).toBe(
    `latchkey: The login host cannot listen on 127.0.0.1, port ${place.port}: the port is in use.\n`,
  );
});

test.each([
  ['--allow-range', '10.0.0.0'],
  ['--trusted-proxy', 'localhost'],
])('%s %s is refused', async (option, value) => {
  const args = ['serve', '--port', String(place.port), option, value, '--json'];
  const ended = await place.run(args);
  expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: 'option_invalid' } });
});
