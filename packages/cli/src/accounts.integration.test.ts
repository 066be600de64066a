import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createWorkplace, type Ended, type Workplace } from '../test/command.ts';
import { type ServedLoginHost, serveLoginHost } from '../test/login-host.ts';

const password = 'correct horse battery';
const ada = 'ada@kittens.example';

let place: Workplace;
beforeEach(async () => {
  place = await createWorkplace();
});
afterEach(() => place.remove());

function add(email: string, ...more: readonly string[]): Promise<Ended> {
  const args = ['account', 'add', email, '--name', 'Ada Eames', '--password-stdin', ...more];
  return place.run(args, `${password}\n`);
}

async function list(): Promise<readonly Record<string, unknown>[]> {
  return JSON.parse((await place.run(['account', 'list', '--json'])).stdout);
}

function errorOf({ stderr }: Ended): { code: string; message: string } {
  return JSON.parse(stderr).error;
}

describe('adding an account', () => {
  test('makes an active one that may enter what was granted', async () => {
    const added = await add(ada, '--administrator', '--grant', 'shop', 'wiki', '--json');
    expect(added).toMatchObject({ exitCode: 0, stderr: '' });
    const account = JSON.parse(added.stdout);
    expect(account).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      email: ada,
      name: 'Ada Eames',
      state: 'active',
      isAdministrator: true,
      apps: ['shop', 'wiki'],
    });
    const { apps: _apps, ...rest } = account;
    expect(await list()).toEqual([
      { ...rest, createdAt: expect.any(String), apps: { shop: null, wiki: null } },
    ]);
  });

  test('the password stands in no output', async () => {
    const outputs = [
      await add(ada),
      await add(ada),
      await add('nobody'),
      await add('x@', '--json'),
    ];
    expect(outputs.map(({ exitCode }) => exitCode)).toEqual([0, 1, 2, 2]);
    for (const { stdout, stderr } of outputs) expect(`${stdout}${stderr}`).not.toContain(password);
  });

  test('an address that is taken is refused and nothing changes', async () => {
    await add(ada);
    const again = await add('ADA@kittens.example', '--administrator', '--json');
    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(errorOf(again).code).toBe('account_exists');
    expect(await list()).toMatchObject([{ email: ada, isAdministrator: false, apps: {} }]);
  });

  test.each([
    ['a short password', 'short', 'at least 15'],
    ['an empty standard input', '', 'is empty'],
    ['several lines', `${password}\n${password}\n`, 'several lines'],
  ])('%s is refused', async (_what, input, words) => {
    const args = ['account', 'add', ada, '--name', 'Ada', '--password-stdin'];
    const ended = await place.run(args, input);
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain(words);
    expect(await list()).toEqual([]);
  });

  test('an app that is not there is refused before a password is read', async () => {
    const ended = await add(ada, '--grant', 'shoop', '--json');
    expect(ended.exitCode).toBe(2);
    expect(errorOf(ended).code).toBe('app_unknown');
    expect(await list()).toEqual([]);
  });

  test('nobody is asked where there is no terminal', async () => {
    const ended = await place.run(['account', 'add', ada, '--name', 'Ada']);
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain('--password-stdin');
    const deletion = await place.run(['account', 'delete', ada]);
    expect(deletion.exitCode).toBe(2);
    expect(deletion.stderr).toContain('--yes');
  });

  test('a family that lives in memory is refused', async () => {
    const memory = `import family from './latchkey.config.ts';
export default { ...family, store: 'memory:' };`;
    place.write('memory.ts', memory);
    const ended = await add(ada, '--config', 'memory.ts', '--json');
    expect(ended.exitCode).toBe(2);
    expect(errorOf(ended).code).toBe('family_invalid');
  });
});

describe('an account', () => {
  const ben = 'ben@kittens.example';

  test('is renamed, gets another address, and is made an administrator and none again', async () => {
    await add(ada);
    await add(ben);
    const renamed = await place.run(['account', 'rename', ada, '  Ada Lovelace ', '--json']);
    expect(JSON.parse(renamed.stdout)).toMatchObject({ email: ada, name: 'Ada Lovelace' });
    const moved = await place.run(['account', 'set-email', ada, 'countess@kittens.example']);
    expect(moved.stdout).toBe(
      `${ada} is countess@kittens.example now, also where somebody is signed in.\n`,
    );
    const marked = await place.run([
      'account',
      'administrator',
      'countess@kittens.example',
      '--json',
    ]);
    expect(JSON.parse(marked.stdout)).toMatchObject({ isAdministrator: true });
    await place.run(['account', 'administrator', 'countess@kittens.example', 'off']);
    expect(await list()).toMatchObject([
      { email: ben, name: 'Ada Eames' },
      { email: 'countess@kittens.example', name: 'Ada Lovelace', isAdministrator: false },
    ]);
  });

  test.for<[string, readonly string[], number, string]>([
    ['an empty name', ['rename', ada, ' '], 2, 'input_invalid'],
    ['no address', ['set-email', ada, 'nobody'], 2, 'input_invalid'],
    ['an address that is taken', ['set-email', ada, 'BEN@kittens.example'], 1, 'account_exists'],
    ['a mark that is none', ['administrator', ada, 'maybe'], 2, 'usage'],
  ])('is not changed by %s', async ([_what, args, exitCode, code]) => {
    await add(ada);
    await add(ben);
    const before = await list();
    const ended = await place.run(['account', ...args, '--json']);
    expect(ended).toMatchObject({ exitCode, stdout: '' });
    expect(errorOf(ended).code).toBe(code);
    expect(await list()).toEqual(before);
  });

  test('may be given the same address in other letters', async () => {
    await add(ada);
    await place.run(['account', 'set-email', ada, 'Ada@Kittens.example']);
    expect(await list()).toMatchObject([
      { email: expect.stringMatching(/^ada@kittens\.example$/i) },
    ]);
  });
});

test('what only looks, or changes what is there, makes no database', async () => {
  const listed = await place.run(['account', 'list']);
  expect(listed).toMatchObject({ exitCode: 0, stderr: '' });
  expect(listed.stdout).toContain(join(place.folder, 'data/latchkey.db'));
  await place.run(['access', 'grant', ada, 'shop']);
  await place.run(['account', 'rename', ada, 'Ada']);
  expect(existsSync(join(place.folder, 'data'))).toBe(false);
});

describe('somebody nobody knows', () => {
  test.each([
    [['account', 'delete', ada, '--yes']],
    [['account', 'set-password', ada, '--password-stdin']],
    [['account', 'rename', ada, 'Ada']],
    [['account', 'set-email', ada, 'ben@kittens.example']],
    [['account', 'administrator', ada]],
    [['access', 'grant', ada, 'shop']],
  ])('%j is refused', async (args) => {
    const ended = await place.run([...args, '--json'], password);
    expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
    expect(errorOf(ended).code).toBe('account_unknown');
  });
});

describe('access', () => {
  test('is granted, until an instant too, and withdrawn', async () => {
    await add(ada);
    const several = await place.run(['access', 'grant', ada, 'shop', 'wiki']);
    expect(several.stdout).toBe(`${ada} may enter shop, wiki.\n`);
    const half = await place.run(['access', 'revoke', ada, 'wiki', 'shoop', '--json']);
    expect(errorOf(half).code).toBe('app_unknown');
    expect(await list()).toMatchObject([{ apps: { shop: null, wiki: null } }]);
    const until = await place.run(['access', 'grant', ada, 'wiki', '--until', '2999-01-31']);
    expect(until.stdout).toBe(`${ada} may enter wiki until 2999-01-31T00:00:00.000Z.\n`);
    expect(await list()).toMatchObject([
      { apps: { shop: null, wiki: '2999-01-31T00:00:00.000Z' } },
    ]);
    const revoked = await place.run(['access', 'revoke', ada, 'shop', '--json']);
    expect(JSON.parse(revoked.stdout)).toMatchObject({
      email: ada,
      apps: ['shop'],
      access: 'revoked',
    });
    expect(await list()).toMatchObject([{ apps: { wiki: expect.any(String) } }]);
  });

  test('to an app that is not there, or until a day that is not to come, is refused', async () => {
    await add(ada);
    const unknown = await place.run(['access', 'grant', ada, 'shoop', '--json']);
    expect(errorOf(unknown).code).toBe('app_unknown');
    const past = await place.run(['access', 'grant', ada, 'shop', '--until', '2020-01-01']);
    expect(past.exitCode).toBe(2);
    expect(await list()).toMatchObject([{ apps: {} }]);
  });
});

describe('beside a running login host', () => {
  let loginHost: ServedLoginHost;
  beforeEach(async () => {
    await add(ada, '--grant', 'shop');
    loginHost = await serveLoginHost(place);
  });
  afterEach(async () => {
    await loginHost.stop('SIGTERM');
  });

  test('the first account signs in', async () => {
    const { status, cookie } = await loginHost.signIn(ada, password);
    expect(status).toBe(303);
    expect(await loginHost.knows(cookie)).toBe(true);
  });

  test.each([
    [['account', 'set-state', ada, 'suspended']],
    [['account', 'sign-out', ada]],
    [['account', 'delete', ada, '--yes']],
    [['account', 'set-password', ada, '--password-stdin']],
  ])('%j signs out before it answers', async (args) => {
    const { cookie } = await loginHost.signIn(ada, password);
    expect((await place.run(args, 'another horse battery')).exitCode).toBe(0);
    expect(await loginHost.knows(cookie)).toBe(false);
  });

  test('a suspended account signs in again once it is active', async () => {
    await place.run(['account', 'set-state', ada, 'suspended']);
    expect((await loginHost.signIn(ada, password)).status).toBe(403);
    await place.run(['account', 'set-state', ada, 'active']);
    expect((await loginHost.signIn(ada, password)).status).toBe(303);
  });

  test('a new password is the only one', async () => {
    const args = ['account', 'set-password', ada, '--password-stdin'];
    await place.run(args, 'another horse battery\n');
    expect((await loginHost.signIn(ada, password)).status).not.toBe(303);
    expect((await loginHost.signIn(ada, 'another horse battery')).status).toBe(303);
  });
});
