import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configText, createWorkplace, type Workplace } from '../test/command.ts';

const ada = 'ada@kittens.example';
const password = 'correct horse battery staple';

let place: Workplace;
beforeEach(async () => {
  place = await createWorkplace();
  const app = "shop: { origin: 'https://shop.kittens.example'";
  place.write(
    'latchkey.config.ts',
    configText(place.port).replace(app, `${app}, roles: ['reader', 'editor']`),
  );
  const added = await place.run(
    ['account', 'add', ada, '--name', 'Ada', '--password-stdin'],
    `${password}\n`,
  );
  expect(added.exitCode).toBe(0);
});
afterEach(() => place.remove());

async function run(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await place.run(args);
  return stdout === '' ? stderr : stdout;
}

describe('groups', () => {
  test('open apps to their members, and close them again', async () => {
    expect(await run('group', 'list')).toBe('There are no groups yet.\n');
    expect(await run('group', 'add', 'sellers')).toBe('sellers is a group now.\n');
    expect(await run('group', 'grant', 'sellers', 'shop', '--role', 'editor')).toBe(
      'sellers opens shop as editor.\n',
    );
    expect(await run('group', 'member', 'add', 'sellers', ada)).toBe(`${ada} is in sellers now.\n`);
    expect(JSON.parse(await run('group', 'list', '--json'))).toEqual([
      { name: 'sellers', members: 1, apps: [{ app: 'shop', role: 'editor' }] },
    ]);
    expect(JSON.parse(await run('account', 'list', '--json'))).toMatchObject([
      { apps: { shop: null } },
    ]);
    expect(await run('group', 'withdraw', 'sellers', 'shop')).toBe('sellers opens shop no more.\n');
    expect(JSON.parse(await run('account', 'list', '--json'))).toMatchObject([{ apps: {} }]);
    expect(await run('group', 'member', 'remove', 'sellers', ada)).toBe(
      `${ada} is not in sellers now.\n`,
    );
    expect(await run('group', 'remove', 'sellers')).toBe('sellers is removed.\n');
  });

  test.each([
    [['group', 'add', 'Sellers'], 'lower-case'],
    [['group', 'remove', 'sellers'], "no group 'sellers'"],
    [['group', 'member', 'add', 'sellers', ada], "no group 'sellers'"],
    [['group', 'grant', 'sellers', 'shop', '--role', 'owner'], 'It has: reader, editor.'],
    [['access', 'grant', ada, 'wiki', '--role', 'reader'], 'It has none.'],
  ])('%j is refused', async (args, words) => {
    const { exitCode, stderr } = await place.run(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(words) });
  });
});

test('approvers are added for apps, listed and removed', async () => {
  expect(await run('access', 'approver', 'add', ada, 'shop', 'wiki')).toBe(
    `${ada} decides on requests for shop, wiki.\n`,
  );
  expect(JSON.parse(await run('access', 'approver', 'list', '--json'))).toMatchObject([
    { app: 'shop', email: ada },
    { app: 'wiki', email: ada },
  ]);
  expect(await run('access', 'approver', 'remove', ada, 'wiki')).toBe(
    `${ada} decides on requests for wiki no more.\n`,
  );
  const again = await place.run(['access', 'approver', 'remove', ada, 'wiki']);
  expect(again.exitCode).toBe(2);
});
