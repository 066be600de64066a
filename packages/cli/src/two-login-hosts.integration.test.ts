import { freePort, startPostgresServer, type TestPostgresServer } from '@latchkey/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { configText, createWorkplace, type Workplace } from '../test/command.ts';
import { type ServedLoginHost, serveLoginHost } from '../test/login-host.ts';
import { type NoticeReceiver, startNoticeReceiver } from '../test/notice-receiver.ts';

const password = 'seven wet umbrellas sing';
/** For a busy machine; a claim of a dead process of elsewhere runs out after 30 seconds. */
const patience = { timeout: 90_000, interval: 100 };
const ranges = ['--allow-range', '127.0.0.0/8'];

let postgres: TestPostgresServer;
let place: Workplace;
let wiki: NoticeReceiver;
let first: ServedLoginHost;
let second: ServedLoginHost;
let running: readonly ServedLoginHost[] = [];
beforeAll(async () => {
  [postgres, place, wiki] = await Promise.all([
    startPostgresServer(),
    createWorkplace(),
    startNoticeReceiver(),
  ]);
  const uri = `http://localhost:${wiki.port}/logout`;
  const text = configText(place.port)
    .replace(/sqlite:[^']*/g, postgres.url)
    .replace("reach: 'oidc',", `reach: 'oidc', backChannelLogoutUri: '${uri}',`);
  place.write('latchkey.config.ts', text);
  const otherPort = await freePort();
  // Both at the same moment, on an empty database.
  [first, second] = await Promise.all([
    serveLoginHost(place, ranges),
    serveLoginHost(place, ranges, otherPort),
  ]);
  running = [first, second];
});
afterAll(async () => {
  await Promise.all(running.map((loginHost) => loginHost.stop('SIGKILL')));
  await Promise.all([wiki.close(), postgres.stop()]);
  place.remove();
});

/** Somebody new, who signed in at one of them and entered the wiki by the other; gives their cookies. */
async function enter(name: string): Promise<string> {
  const email = `${name}@kittens.example`;
  const args = ['account', 'add', email, '--name', name, '--password-stdin', '--grant', 'wiki'];
  expect(await place.run(args, `${password}\n`)).toMatchObject({ exitCode: 0 });
  const { cookie } = await first.signIn(email, password);
  await second.enterWiki(cookie);
  return cookie;
}

const known = async (cookie: string): Promise<readonly boolean[]> =>
  Promise.all([first, second].map((loginHost) => loginHost.knows(cookie)));

test('login hosts that start at the same moment on an empty database have one key set', async () => {
  const sets = await Promise.all([first, second].map((host) => host.read('/oidc/jwks', '')));
  expect(JSON.parse(sets[0] ?? '').keys).toHaveLength(2);
  expect(sets[1]).toBe(sets[0]);
});

test('who signs in at one is known at both, and a sign-out at either ends it at both', async () => {
  const cookie = await enter('ada');
  expect(await known(cookie)).toEqual([true, true]);
  await second.signOut(cookie);
  expect(await known(cookie)).toEqual([false, false]);
  await vi.waitFor(() => expect(wiki.tokens).toHaveLength(1), patience);
});

test('a relying party is told of each sign-out once, though both deliver notices', async () => {
  const before = wiki.tokens.length;
  const cookies = await Promise.all(['bob', 'cat', 'dan', 'eve'].map(enter));
  await Promise.all(cookies.map((cookie, at) => (at % 2 === 0 ? first : second).signOut(cookie)));
  await vi.waitFor(() => expect(wiki.tokens.length - before).toBe(4), patience);
  // Whatever else was on its way would have gone out before the notice of a later sign-out.
  await first.signOut(await enter('fay'));
  await vi.waitFor(() => expect(wiki.tokens.length - before).toBe(5), patience);
  expect(new Set(wiki.sids().slice(before)).size).toBe(5);
});

test('wrong passwords are counted over both together', async () => {
  await enter('gus');
  const email = 'gus@kittens.example';
  for (let tried = 0; tried < 10; tried += 1) {
    const { status } = await (tried % 2 === 0 ? first : second).signIn(email, 'wrong');
    expect(status).toBe(401);
  }
  expect([(await first.signIn(email, password)).status]).toEqual([429]);
  expect([(await second.signIn(email, password)).status]).toEqual([429]);
});

test('who is suspended from the command line is out at both', async () => {
  const cookie = await enter('hal');
  const args = ['account', 'set-state', 'hal@kittens.example', 'suspended'];
  expect(await place.run(args)).toMatchObject({ exitCode: 0 });
  expect(await known(cookie)).toEqual([false, false]);
});

test('of two, one that is killed while it delivers a notice leaves it to the other', async () => {
  const cookie = await enter('ida');
  const before = wiki.tokens.length;
  wiki.hangOnce();
  await first.signOut(cookie);
  await vi.waitFor(() => expect(wiki.tokens.length - before).toBe(1), patience);
  running = [second];
  await first.stop('SIGKILL');
  await vi.waitFor(() => expect(wiki.tokens.length - before).toBe(2), patience);
  const [cut, again] = wiki.sids().slice(before);
  expect(again).toBe(cut);
  expect(await second.knows(cookie)).toBe(false);
}, 120_000);
