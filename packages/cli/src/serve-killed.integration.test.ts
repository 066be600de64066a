import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createSqliteStore } from '@latchkey/session/store/sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { configText, createWorkplace, type Workplace } from '../test/command.ts';
import { type ServedLoginHost, serveLoginHost } from '../test/login-host.ts';
import { type NoticeReceiver, startNoticeReceiver } from '../test/notice-receiver.ts';

const password = 'correct horse battery';
/** For a busy machine; the wait ends as soon as it is so. */
const patience = { timeout: 30_000, interval: 50 };

let place: Workplace;
let wiki: NoticeReceiver;
let running: ServedLoginHost[];
beforeEach(async () => {
  running = [];
  wiki = await startNoticeReceiver();
  place = await createWorkplace();
  const uri = `http://localhost:${wiki.port}/logout`;
  const text = configText(place.port).replace(
    "reach: 'oidc',",
    `reach: 'oidc', backChannelLogoutUri: '${uri}',`,
  );
  place.write('latchkey.config.ts', text);
});
afterEach(async () => {
  await Promise.all(running.map((loginHost) => loginHost.stop('SIGKILL')));
  await wiki.close();
  place.remove();
});

async function serve(): Promise<ServedLoginHost> {
  const loginHost = await serveLoginHost(place, ['--allow-range', '127.0.0.0/8']);
  running.push(loginHost);
  return loginHost;
}

async function kill(loginHost: ServedLoginHost): Promise<void> {
  running = running.filter((one) => one !== loginHost);
  await loginHost.stop('SIGKILL');
}

/** Somebody new who signed in and entered the wiki; gives their cookies. */
async function enter(loginHost: ServedLoginHost, name: string): Promise<string> {
  const email = `${name}@kittens.example`;
  const args = ['account', 'add', email, '--name', name, '--password-stdin', '--grant', 'wiki'];
  expect(await place.run(args, `${password}\n`)).toMatchObject({ exitCode: 0 });
  const { cookie } = await loginHost.signIn(email, password);
  await loginHost.enterWiki(cookie);
  expect(rows('joined_apps', 'app = ?', 'wiki')).not.toEqual([]);
  expect(await loginHost.knows(cookie)).toBe(true);
  return cookie;
}

/** Rows of the login host's database, read by another program. */
function rows(table: string, condition = 'true', ...values: string[]): Record<string, unknown>[] {
  const database = new DatabaseSync(join(place.folder, 'data/latchkey.db'));
  const found = database.prepare(`select * from ${table} where ${condition}`).all(...values);
  database.close();
  return found;
}

/** Whether the apps would let in who has this sign-in. */
async function livesInStore(): Promise<boolean> {
  const [row] = rows('sign_ins');
  const store = createSqliteStore({ path: join(place.folder, 'data/sessions.db') });
  const live = await store.readSignIn(row?.['slot'] as never);
  await store.close();
  return live !== null;
}

test('a login host that is killed while a notice is under way sends it after its start, once', async () => {
  wiki.hangOnce();
  const killed = await serve();
  const ada = await enter(killed, 'ada');
  await killed.signOut(ada);
  await vi.waitFor(() => expect(wiki.tokens).toHaveLength(1), patience);
  await kill(killed);
  expect(rows('notices')).toMatchObject([{ state: 'waiting', attempts: 1 }]);

  const again = await serve();
  await vi.waitFor(() => expect(rows('notices')).toMatchObject([{ state: 'delivered' }]), patience);
  expect([await again.knows(ada), await livesInStore()]).toEqual([false, false]);
  // Whatever else was on its way would have gone out before the notice of a later sign-out.
  const ben = await enter(again, 'ben');
  await again.signOut(ben);
  await vi.waitFor(() => {
    const settled = rows('notices', "state = 'delivered'").map((row) => row['attempts']);
    expect(settled.sort()).toEqual([1, 2]);
  }, patience);
  const [first, second, third, ...more] = wiki.sids();
  expect([second, more]).toEqual([first, []]);
  expect(third).not.toBe(first);
});

test('a login host that is killed between SQL and store ends in the store after its start', async () => {
  const killed = await serve();
  const ada = await enter(killed, 'ada');
  const other = new DatabaseSync(join(place.folder, 'data/sessions.db'));
  other.exec('begin immediate');
  const answer = killed.signOut(ada).catch(() => null);
  const isEnded = () => expect(rows('sign_ins', 'ended_at is not null')).toHaveLength(1);
  await vi.waitFor(isEnded, patience);
  await kill(killed);
  expect(await answer).toBeNull();
  other.exec('rollback');
  other.close();
  expect(rows('sign_ins')).toMatchObject([{ enforced_at: null }]);
  expect([await livesInStore(), wiki.tokens.length]).toEqual([true, 0]);

  const again = await serve();
  await vi.waitFor(() => expect(rows('notices')).toMatchObject([{ state: 'delivered' }]), patience);
  expect([await again.knows(ada), await livesInStore()]).toEqual([false, false]);
  expect(rows('sign_ins')).not.toMatchObject([{ enforced_at: null }]);
  expect(wiki.tokens).toHaveLength(1);
});
