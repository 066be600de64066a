import { randomBytes } from 'node:crypto';
import { defineFamily, type FamilyOptions, hasCode, LatchkeyError } from '@latchkey/session';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createRoutes } from '../routes.ts';
import { createServices, type Services } from '../services.ts';

const smtp = { from: 'login@kittens.example', smtp: 'smtp://127.0.0.1:1?tls=off' };

function family(change: Partial<FamilyOptions> = {}) {
  return defineFamily({
    name: 'Kittens',
    loginHost: 'http://login.kittens.localhost',
    secrets: [randomBytes(48).toString('base64')],
    store: 'memory:',
    database: 'sqlite::memory:',
    apps: { toys: { origin: 'http://toys.localhost' } },
    ...change,
  });
}

const opened: Services[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((services) => services.close()));
});

async function services(
  isDevelopment: boolean,
  change?: Partial<FamilyOptions>,
): Promise<Services> {
  const made = await createServices({
    family: family(change),
    isDevelopment,
    allowedRanges: [],
    trustedProxies: [],
    platform: { onEvent: () => undefined },
  });
  opened.push(made);
  return made;
}

/** Whether mails are shown, and whether they are sent. */
async function kindOf(made: Promise<Services>): Promise<readonly boolean[]> {
  const { mailbox, outbox } = (await made).mail;
  return [mailbox !== null, outbox !== null];
}

describe('mail', () => {
  test('is shown in development without a mail server, is sent where there is one, and is off in production without', async () => {
    expect(await kindOf(services(true))).toEqual([true, true]);
    expect(await kindOf(services(true, { mail: smtp }))).toEqual([false, true]);
    expect(await kindOf(services(false))).toEqual([false, false]);
    expect(await kindOf(services(false, { mail: smtp }))).toEqual([false, true]);
  });

  test.each(['open', 'invitation'] as const)(
    'is required in production where registration is %s',
    async (registration) => {
      const people = { registration };
      const refusal = await services(false, { people }).catch((error: unknown) => error);
      expect(hasCode(refusal, 'mail_missing' as never)).toBe(true);
      expect(refusal).toBeInstanceOf(LatchkeyError);
      expect(await kindOf(services(true, { people }))).toEqual([true, true]);
      expect(await kindOf(services(false, { people, mail: smtp }))).toEqual([false, true]);
    },
  );

  test('that is off writes nothing down', async () => {
    const { routes } = await services(false);
    const mail = {
      to: 'ada@kittens.example',
      language: 'en',
      message: { kind: 'account-denied', reason: null },
    } as const;
    const result = await routes.db
      .transaction()
      .execute((transaction) => routes.mails.add(transaction, mail));
    expect(result).toBe('off');
    expect(await routes.db.selectFrom('mails').selectAll().execute()).toEqual([]);
  });
});

describe('/dev/mail', () => {
  async function pages(isDevelopment: boolean, change: Partial<FamilyOptions> = {}) {
    const made = await services(isDevelopment, change);
    const app = createRoutes(made.routes);
    const env = { incoming: { socket: { remoteAddress: '192.0.2.1' } } };
    const get = async (path: string) =>
      app.request(path, { headers: { host: 'login.kittens.localhost' } }, env);
    return { ...made, get };
  }

  test.each([
    ['in production', false, {}],
    ['in production with a mail server', false, { mail: smtp }],
    ['in development with a mail server', true, { mail: smtp }],
  ])('is not there %s', async (_when, isDevelopment, change) => {
    const { get } = await pages(isDevelopment, change);
    expect((await get('/dev/mail')).status).toBe(404);
    expect((await get('/dev/mail/x')).status).toBe(404);
    expect((await get('/dev/mail/x/text')).status).toBe(404);
  });

  test('is there in development, and empty', async () => {
    const { get } = await pages(true);
    const page = await get('/dev/mail');
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('No mail was written yet.');
    expect((await get('/dev/mail/x')).status).toBe(404);
  });

  test('shows what was queued, as HTML and as text', async () => {
    const { mail, routes, get } = await pages(true);
    const message = { kind: 'reset-password', link: 'http://login.kittens.localhost/x' } as const;
    const wanted = { to: 'ada@kittens.example', language: 'de', message } as const;
    await routes.db.transaction().execute((transaction) => routes.mails.add(transaction, wanted));
    mail.outbox?.start();
    routes.mails.wake();
    await vi.waitFor(() => expect(mail.mailbox?.list()).toHaveLength(1), { timeout: 10_000 });
    const id = mail.mailbox?.list()[0]?.id;
    const list = await (await get('/dev/mail')).text();
    expect(list).toContain(`href="/dev/mail/${id}"`);
    expect(list).toContain('Neues Passwort für Kittens');
    const html = await get(`/dev/mail/${id}`);
    expect(html.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await html.text()).toContain('href="http://login.kittens.localhost/x"');
    const text = await get(`/dev/mail/${id}/text`);
    expect(text.headers.get('content-type')).toContain('text/plain');
    expect(await text.text()).toContain('\nhttp://login.kittens.localhost/x\n');
  });
});
