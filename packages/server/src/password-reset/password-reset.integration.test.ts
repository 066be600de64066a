import { randomBytes } from 'node:crypto';
import { defineFamily, type LatchkeyEvent } from '@latchkey/session';
import { createFakeClock, type FakeClock } from '@latchkey/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recordStatements } from '../../test/record-statements.ts';
import { createRoutes } from '../routes.ts';
import { createServices, type Services } from '../services.ts';
import { resetSeconds } from './password-reset.ts';

const origin = 'http://login.kittens.localhost';
const ada = 'ada@kittens.example';
const oldPassword = 'seven wet umbrellas sing';
const newPassword = 'eleven dry teapots whistle';

let services: Services;
let clock: FakeClock;
let events: LatchkeyEvent[];
let app: ReturnType<typeof createRoutes>;
beforeEach(() => start({ isDevelopment: true }));

async function start({ isDevelopment }: { readonly isDevelopment: boolean }): Promise<void> {
  clock = createFakeClock();
  events = [];
  services = await createServices({
    family: defineFamily({
      name: 'Kittens',
      loginHost: origin,
      secrets: [randomBytes(48).toString('base64')],
      store: 'memory:',
      database: 'sqlite::memory:',
      apps: { toys: { origin: 'http://toys.localhost' } },
    }),
    isDevelopment,
    allowedRanges: [],
    trustedProxies: [],
    platform: { now: clock.now, onEvent: (event) => events.push(event) },
  });
  app = createRoutes(services.routes);
  await services.routes.db.deleteFrom('mails').execute();
}
afterEach(() => services.close());

function ask(
  path: string,
  form?: Readonly<Record<string, string>>,
  change: { readonly address?: string; readonly origin?: string; readonly language?: string } = {},
) {
  const env = { incoming: { socket: { remoteAddress: change.address ?? '192.0.2.1' } } };
  const headers = { host: new URL(origin).host, origin: change.origin ?? origin };
  const language = { 'accept-language': change.language ?? 'en' };
  const body = form === undefined ? null : new URLSearchParams(form);
  const method = form === undefined ? 'GET' : 'POST';
  const init = { method, headers: { ...headers, ...language }, body };
  return Promise.resolve(app.request(`${origin}${path}`, init, env));
}

async function person(email = ada): Promise<string> {
  const { accounts } = services.routes as unknown as {
    accounts: import('../accounts/accounts.ts').Accounts;
  };
  const made = await accounts.register({ email, name: 'Ada', password: oldPassword });
  if (made.kind !== 'registered') throw new Error('The person could not be made.');
  await accounts.setState(made.account.id, 'active');
  return made.account.id;
}

/** The mails that were sent since. */
async function mails(): Promise<
  readonly { readonly to: string; readonly subject: string; readonly text: string }[]
> {
  let tried: number | undefined;
  do tried = await services.mail.outbox?.runOnce();
  while (tried !== 0);
  return services.mail.mailbox?.list().map(({ mail }) => mail) ?? [];
}

async function linkTo(email = ada): Promise<string> {
  await ask('/forgot-password', { email });
  const [mail] = await mails();
  return new URL(/http:\S+token=\S+/.exec(mail?.text ?? '')?.[0] ?? '').search;
}

const tokenOf = (search: string) => new URLSearchParams(search).get('token') ?? '';
const choose = (search: string, password = newPassword) =>
  ask('/reset-password', { token: tokenOf(search), password });
const proof = async (password: string) =>
  (await services.routes.accounts.provePassword(ada, password)).kind;

describe('a forgotten password', () => {
  test('is replaced by a link that is mailed: it ends every sign-in and the address is told', async () => {
    const id = await person();
    const signIn = await services.routes.startSignIn({
      accountId: id,
      epoch: (await services.routes.accounts.findByEmail(ada))?.epoch ?? 0,
      methods: ['pwd'],
      userAgent: null,
    });
    if (signIn.kind !== 'started') throw new Error('Nobody is signed in.');
    const link = await linkTo();
    expect((await ask(`/reset-password${link}`)).status).toBe(200);
    expect((await choose(link)).status).toBe(200);
    expect(await proof(oldPassword)).toBe('refused');
    expect(await proof(newPassword)).toBe('proved');
    expect(await services.routes.store.readSignIn(signIn.slot)).toBeNull();
    const [changed] = await mails();
    expect(changed).toMatchObject({ to: ada, subject: 'Your password for Kittens was changed' });
    expect(JSON.stringify(events)).not.toContain(tokenOf(link));
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'account.password-changed', reason: 'by-person' }),
    );
  });

  test('a link that is opened by a scanner, however often, stays good', async () => {
    await person();
    const link = await linkTo();
    for (let time = 0; time < 3; time += 1)
      expect((await ask(`/reset-password${link}`)).status).toBe(200);
    expect((await choose(link)).status).toBe(200);
  });

  test('a link used by twenty at the same time changes the password once', async () => {
    await person();
    const link = await linkTo();
    const passwords = Array.from({ length: 20 }, (_, index) => `${newPassword} number ${index}`);
    const answers = await Promise.all(passwords.map((password) => choose(link, password)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(19);
    const right = passwords[answers.findIndex(({ status }) => status === 200)] ?? '';
    expect(await proof(right)).toBe('proved');
  });

  test('a link used twice says so', async () => {
    await person();
    const link = await linkTo();
    await choose(link);
    const again = await choose(link, `${newPassword} again`);
    expect([again.status, await again.text()]).toEqual([
      410,
      expect.stringContaining('used before'),
    ]);
    expect(await proof(newPassword)).toBe('proved');
  });

  test('a link runs out after an hour', async () => {
    await person();
    const link = await linkTo();
    clock.advance(resetSeconds * 1000);
    expect((await ask(`/reset-password${link}`)).status).toBe(410);
    expect((await choose(link)).status).toBe(410);
    expect(await proof(oldPassword)).toBe('proved');
  });

  test('a link is void after the password, address or state changed by other means', async () => {
    const id = await person();
    const link = await linkTo();
    await services.routes.db
      .updateTable('accounts')
      .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
      .where('id', '=', id)
      .execute();
    expect((await ask(`/reset-password${link}`)).status).toBe(410);
    expect((await choose(link)).status).toBe(410);
    expect(await proof(oldPassword)).toBe('proved');
  });

  test('a password that is refused leaves the link good, and says what is wrong', async () => {
    await person();
    const link = await linkTo();
    const refused = await choose(link, 'short');
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('at least 15 characters'),
    ]);
    expect((await choose(link)).status).toBe(200);
  });

  test.each(['', 'x', 'A'.repeat(43), '../../etc', "' or 1=1"])(
    'the token %j is no link',
    async (token) => {
      await person();
      expect((await ask(`/reset-password?token=${encodeURIComponent(token)}`)).status).toBe(410);
      expect((await ask('/reset-password', { token, password: newPassword })).status).toBe(410);
    },
  );
});

describe('asking for a new password', () => {
  test('gives the same answer and runs the same statements, whoever has the address', async () => {
    const id = await person();
    await person('ben@kittens.example');
    const ben = await services.routes.accounts.findByEmail('ben@kittens.example');
    await services.routes.db
      .updateTable('accounts')
      .set({ state: 'suspended' })
      .where('id', '=', ben?.id ?? '')
      .execute();
    const seen = new Set<string>();
    for (const email of [ada, 'ben@kittens.example', 'nobody@kittens.example']) {
      const statements = await recordStatements(async () => {
        const answer = await ask('/forgot-password', { email });
        seen.add(`${answer.status} ${await answer.text()}`);
      });
      seen.add(statements.join('\n'));
    }
    expect(seen.size).toBe(2);
    expect((await mails()).map(({ to }) => to)).toEqual([ada]);
    expect(id).not.toBe('');
  });

  test('more than five times an hour sends no more, and the last link that was sent stays good', async () => {
    await person();
    for (let time = 0; time < 8; time += 1) await ask('/forgot-password', { email: ada });
    const links = (await mails()).map(({ text }) => /token=\S+/.exec(text)?.[0] ?? '');
    expect(links).toHaveLength(5);
    const opened = await Promise.all(links.map((link) => ask(`/reset-password?${link}`)));
    expect(opened.map(({ status }) => status).sort()).toEqual([200, 410, 410, 410, 410]);
  });

  test('from one network is bounded, whatever addresses are asked for', async () => {
    const from = (address: string) =>
      ask('/forgot-password', { email: `a${Math.random()}@kittens.example` }, { address });
    const statuses: number[] = [];
    for (let time = 0; time < 12; time += 1) statuses.push((await from('192.0.2.9')).status);
    expect(statuses).toEqual([...Array(10).fill(200), 429, 429]);
    expect((await from('192.0.2.10')).status).toBe(200);
  });

  test('goes to the address of the account, in the language of the person or of the request', async () => {
    await person();
    await ask(
      '/forgot-password',
      { email: ' ADA@Kittens.Example ' },
      { language: 'de-AT,en;q=0.5' },
    );
    expect(await mails()).toMatchObject([{ to: ada, subject: 'Neues Passwort für Kittens' }]);
    await services.routes.db.updateTable('accounts').set({ locale: 'en' }).execute();
    await ask('/forgot-password', { email: ada }, { language: 'de' });
    expect((await mails())[0]?.subject).toBe('Choose a new password for Kittens');
  });

  type Form = { readonly site?: string; readonly email?: string };
  test.each<[string, Form, number]>([
    ['another site', { email: ada, site: 'https://evil.example' }, 403],
    ['no address', { email: 'no address' }, 400],
    ['two addresses', { email: `${ada},eve@evil.example` }, 400],
    ['a missing field', {}, 400],
  ])('with %s sends nothing', async (_what, { site = origin, ...form }: Form, status) => {
    await person();
    expect((await ask('/forgot-password', form, { origin: site })).status).toBe(status);
    expect(await mails()).toEqual([]);
  });

  test('is where password managers are led to, and no other well-known name is', async () => {
    const answer = await ask('/.well-known/change-password');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/forgot-password']);
    const other = await ask(
      '/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200',
    );
    expect(other.status).toBe(404);
  });
});

test('where no mails are sent, the page says so and sends people to an administrator', async () => {
  await services.close();
  await start({ isDevelopment: false });
  for (const answer of [
    await ask('/forgot-password'),
    await ask('/forgot-password', { email: ada }),
  ]) {
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('Ask an administrator for a new password.');
  }
});
