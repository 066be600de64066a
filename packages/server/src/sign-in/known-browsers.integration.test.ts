import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isOnPostgres } from '../../test/databases.ts';
import { pairsOf, type RunningLoginHost, startLoginHost } from '../../test/running-login-host.ts';

const password = 'correct horse battery staple';
const email = 'ben@kittens.example';

let host: RunningLoginHost;
beforeEach(async () => {
  host = await startLoginHost();
});
afterEach(() => host.close());

const tryOnce = (fields: Readonly<Record<string, string>>, cookie = '') =>
  host.post('/sign-in', { email, ...fields }, { cookie });
const wrong = (cookie = '') => tryOnce({ password: 'not the password' }, cookie);

/** The cookie by which the login host knows the browser again, of all that a sign-in set. */
async function knownCookie(cookie = '', who = email): Promise<string> {
  const { cookies } = await tryOnce({ email: who, password }, cookie);
  const line = cookies.find((one) => /^[^=]*_browser=/.test(one)) ?? '';
  expect(line).toMatch(/Max-Age=34560000/);
  expect(line).toMatch(/HttpOnly/);
  return pairsOf([line]);
}

const entriesOf = (cookie: string): readonly string[] => cookie.split('=')[1]?.split('.') ?? [];

async function lockOut(): Promise<void> {
  for (let time = 0; time < 10; time += 1) expect((await wrong()).status).toBe(401);
  expect((await tryOnce({ password })).status).toBe(429);
}

describe('a browser in which somebody signed in before', () => {
  test('is let in although strangers tried ten passwords, and nobody else is', async () => {
    const cookie = await knownCookie();
    await lockOut();
    expect((await tryOnce({ password }, cookie)).status).toBe(303);
    expect((await tryOnce({ password })).status).toBe(429);
  });

  test('proves nothing by it', async () => {
    const cookie = await knownCookie();
    expect((await wrong(cookie)).status).toBe(401);
    expect((await host.ask('/devices', { headers: { cookie } })).status).toBe(303);
  });

  test('is burnt by ten wrong passwords of its own, for good, and then counts as any other', async () => {
    const cookie = await knownCookie();
    for (let time = 0; time < 10; time += 1) expect((await wrong(cookie)).status).toBe(401);
    await lockOut();
    expect((await tryOnce({ password }, cookie)).status).toBe(429);
  });

  test('has ten wrong ones in all, however far apart, until a right one', async () => {
    const cookie = await knownCookie();
    for (let time = 0; time < 9; time += 1) await wrong(cookie);
    const next = await knownCookie(cookie);
    for (let time = 0; time < 9; time += 1) await wrong(next);
    await lockOut();
    expect((await tryOnce({ password }, next)).status).toBe(303);
  });

  test('is not burnt by right passwords while the account is suspended', async () => {
    const cookie = await knownCookie();
    await host.write(
      "update accounts set state = 'suspended' where email_key = 'ben@kittens.example'",
    );
    for (let time = 0; time < 11; time += 1) await tryOnce({ password }, cookie);
    await host.write(
      "update accounts set state = 'active' where email_key = 'ben@kittens.example'",
    );
    await lockOut();
    expect((await tryOnce({ password }, cookie)).status).toBe(303);
  });

  test('is not burnt by right passwords whose answers never came: only wrong ones count', async () => {
    const cookie = await knownCookie();
    // A kiosk that starts from the same picture each morning, a browser that is gone before the answer.
    for (let time = 0; time < 11; time += 1) {
      expect((await tryOnce({ password }, cookie)).status).toBe(303);
    }
    await lockOut();
    expect((await tryOnce({ password }, cookie)).status).toBe(303);
  });

  test('is known to that account alone, and to four accounts at most', async () => {
    const cookie = await knownCookie();
    expect((await tryOnce({ email: 'ada@kittens.example', password: 'x' }, cookie)).status).toBe(
      401,
    );
    const people = ['cat', 'ada', 'ben'].map((name) => `${name}@kittens.example`);
    let all = '';
    for (const who of [...people, ...people]) all = await knownCookie(all, who);
    expect(entriesOf(all)).toHaveLength(3);
    // To the cookie an account with a new password is another one.
    await host.write(
      "update accounts set epoch = epoch + 1 where email_key <> 'ben@kittens.example'",
    );
    for (const who of people.slice(0, 2)) all = await knownCookie(all, who);
    expect(entriesOf(all)).toHaveLength(4);
    await lockOut();
    expect((await tryOnce({ password }, all)).status).toBe(303);
  });

  test('is no longer known after a new password, nor with a changed or foreign cookie', async () => {
    const cookie = await knownCookie();
    await lockOut();
    const changed = `${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`;
    for (const other of [changed, `${cookie}.${'A'.repeat(44)}.x`.replace(/=.*/, '=x'), '']) {
      expect((await tryOnce({ password }, other)).status).toBe(429);
    }
    await host.write(
      "update accounts set epoch = epoch + 1 where email_key = 'ben@kittens.example'",
    );
    // The new password is tried ten times anew, in this browser as in any other.
    await lockOut();
    expect((await tryOnce({ password }, cookie)).status).toBe(429);
  });
});

test('a browser that is known to a family is a stranger to another one with the same secret', async () => {
  // Staging with a copy of production's accounts: whoever has a password there makes as many such cookies as they like.
  const staging = await startLoginHost();
  try {
    const ben = "email_key = 'ben@kittens.example'";
    const [account] = await host.rows(`select id, epoch from accounts where ${ben}`);
    const copy = `update accounts set id = '${account?.['id']}', epoch = ${account?.['epoch']}`;
    const unbound = isOnPostgres
      ? 'set session_replication_role = replica'
      : 'pragma foreign_keys = off';
    await staging.write(`${unbound}; ${copy} where ${ben}`);
    const { cookies } = await staging.post('/sign-in', { email, password });
    const line = cookies.find((one) => /^[^=]*_browser=/.test(one)) ?? '';
    await lockOut();
    expect((await tryOnce({ password }, pairsOf([line]))).status).toBe(429);
    expect((await tryOnce({ password }, await staging.signIn())).status).toBe(429);
  } finally {
    await staging.close();
  }
});

describe('a browser that refuses cookies', () => {
  test('is told so instead of being shown the form again, and nobody is signed in', async () => {
    const form = await host.ask('/sign-in');
    const shown = /name="shown" value="yes"/.test(form.text);
    expect(shown).toBe(true);
    const refused = await tryOnce({ password, shown: 'yes' });
    expect([refused.status, refused.cookies]).toEqual([400, []]);
    expect(refused.text).toContain('Your browser refuses cookies');
    expect(await host.rows('select id from sign_ins')).toEqual([]);
    const kept = await tryOnce({ password, shown: 'yes' }, pairsOf(form.cookies));
    expect(kept.status).toBe(303);
  });
});

test('a password of 140 emoji signs in, and the form lets it be typed', async () => {
  const emoji = '\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}'.repeat(140);
  const { text } = await host.ask('/sign-in');
  expect(/<input id="password"[^>]*>/.exec(text)?.[0]).not.toContain('maxlength');
  await host.setPassword(email, emoji);
  expect((await tryOnce({ password: emoji })).status).toBe(303);
});
