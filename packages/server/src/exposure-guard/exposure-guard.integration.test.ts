import { afterEach, describe, expect, test, vi } from 'vitest';
import { type RunningLoginHost, startLoginHost } from '../../test/running-login-host.ts';
import type { ExposureCheckResult, ExposureFinding } from './exposure-check.ts';
import type { ExposureGuardOptions } from './guard-options.ts';

const script = '<script>alert(1)</script>';
const finding: ExposureFinding = {
  ruleId: `third-party${script}`,
  severity: 'high',
  host: `help.kittens.localhost${script}`,
  message: `somebody else answers ${script}`,
};
const state = `${'s'.repeat(22)}.L3ByaXZhdGU`;
const sharedName = '_kittens_session=';

let host: RunningLoginHost | null = null;
/** What the check finds next. */
let found: readonly ExposureFinding[] | Error = [];
afterEach(async () => {
  await host?.close();
  host = null;
  found = [];
});

async function check(): Promise<ExposureCheckResult> {
  if (found instanceof Error) throw found;
  const hosts = [{ name: 'shop.kittens.localhost', kind: 'own' }];
  const html = '<!doctype html><title>The report</title>';
  return { report: { hosts, findings: found }, html };
}

async function start(change: Partial<ExposureGuardOptions> = {}): Promise<RunningLoginHost> {
  const options = { check, policy: 'refuse', everySeconds: 1, ...change } as const;
  host = await startLoginHost(options);
  return host;
}

/** Until the guard has told of it; how long that takes is not asked. */
const told = (on: RunningLoginHost, type: string): Promise<unknown> =>
  vi.waitFor(() => expect(on.events.map((event) => event.type)).toContain(type), 20_000);

/** `query`: which app hops, and what its link says besides. */
const hop = (on: RunningLoginHost, query: string, cookie = '') =>
  on.ask(`/handshake?app=${query}&return_to=/&state=${state}`, { headers: { cookie } });
const signInCookies = async (on: RunningLoginHost): Promise<string> => {
  const form = { email: 'ben@kittens.example', password: 'correct horse battery staple' };
  return (await on.post('/sign-in', form)).cookies.join('\n');
};

describe('while sign-in to shared apps is paused', () => {
  test('hops of shared apps end at a page that says so, others go on, and who is in stays in', async () => {
    const on = await start();
    const before = await on.signIn('ben');
    expect(before).toContain(sharedName);
    expect((await hop(on, 'shop', before)).location).toContain('shop.kittens.localhost');
    found = [finding];
    await told(on, 'exposure.paused');

    const stopped = await hop(on, 'shop', before);
    expect(stopped).toMatchObject({ status: 303, location: `${on.origin}/paused?app=shop` });
    expect((await hop(on, 'shop')).location).toBe(`${on.origin}/paused?app=shop`);
    const page = await on.ask('/paused?app=shop');
    expect(page.status).toBe(503);
    expect(page.text).toContain('Signing in to these apps is paused');
    expect(page.text).not.toContain(state);
    expect((await on.ask('/paused?app=toys')).status).toBe(404);
    const invited = await hop(on, 'blog&latchkey_invitation=x', before);
    expect(invited.location).toContain('/_latchkey/handshake?refused=');

    expect(await signInCookies(on)).not.toContain(sharedName);
    const now = await on.signIn('ben');
    expect((await hop(on, 'toys', now)).location).toContain('token=');
    expect((await on.ask('/', { headers: { cookie: before } })).text).toContain('Hello');
    const slot = before.split(sharedName)[1]?.slice(0, 16) ?? '';
    const live = await on.rows(`select ended_at from sign_ins where slot = '${slot}'`);
    expect(live).toEqual([expect.objectContaining({ ended_at: null })]);

    found = [];
    await told(on, 'exposure.resumed');
    expect((await on.ask('/paused?app=shop')).location).toMatch(/shop\.kittens.*\/sign-in$/);
    expect(await signInCookies(on)).toContain(sharedName);
    expect((await hop(on, 'shop', now)).location).toContain('token=');
  });
});

test('a login host that would expose the cookie does not listen', async () => {
  found = [finding];
  await expect(start()).rejects.toMatchObject({
    code: 'exposure_found',
    message: expect.stringContaining('help.kittens.localhost'),
  });
  found = new Error('no servers');
  await expect(start()).rejects.toMatchObject({ code: 'exposure_unchecked' });
});

describe('the report', () => {
  const paths = ['/exposure', '/exposure/report.html', '/exposure/report.json'];

  test('is for administrators by SQL; others are told, and who is signed out goes to sign in', async () => {
    const on = await start({ policy: 'warn' });
    const [ada, ben] = [await on.signIn('ada'), await on.signIn('ben')];
    const homeOf = async (cookie: string): Promise<string> =>
      (await on.ask('/', { headers: { cookie } })).text;
    expect(await homeOf(ada)).toContain('href="/exposure"');
    expect(await homeOf(ben)).not.toContain('/exposure');
    for (const path of paths) {
      expect((await on.ask(path)).location).toBe(`${on.origin}/sign-in?return_to=%2Fexposure`);
      expect((await on.ask(path, { headers: { cookie: ben } })).status).toBe(403);
      expect((await on.ask(path, { headers: { cookie: ada } })).status).toBe(200);
      expect((await on.post(path, {}, { cookie: ada })).status).toBe(405);
    }
    await on.write("update accounts set administrator = 0 where email_key = 'ada@kittens.example'");
    for (const path of paths) {
      expect((await on.ask(path, { headers: { cookie: ada } })).status).toBe(403);
    }
  });

  test('shows what DNS says as text alone, is kept by no cache, and cannot run anything', async () => {
    found = [finding];
    const on = await start({ policy: 'warn' });
    const headers = { cookie: await on.signIn('ada') };
    const page = await on.ask('/exposure', { headers });
    expect(page.text).toContain('1 finding, checked a moment ago');
    expect(page.text).toContain('help.kittens.localhost&lt;script&gt;');
    expect(page.text).not.toContain('<script');
    const html = await on.ask('/exposure/report.html', { headers });
    expect(html.text).toBe('<!doctype html><title>The report</title>');
    const json = await on.ask('/exposure/report.json', { headers });
    expect(JSON.parse(json.text)).toMatchObject({ findings: [finding] });
    for (const { headers: sent } of [page, html, json]) {
      expect(sent.get('cache-control')).toBe('no-store');
      expect(sent.get('x-content-type-options')).toBe('nosniff');
      expect(sent.get('content-security-policy')).toContain("default-src 'none'");
      expect(sent.get('content-security-policy')).not.toContain('script-src');
    }
    for (const { headers: sent } of [html, json]) {
      expect(sent.get('content-security-policy')).toMatch(/; sandbox$/);
    }
  });

  test('says when the newest check failed, and goes on showing what was known', async () => {
    found = [finding];
    const on = await start({ policy: 'warn' });
    found = new Error(script);
    await told(on, 'exposure.check-failed');
    const headers = { cookie: await on.signIn('ada') };
    const { text } = await on.ask('/exposure', { headers });
    expect(text).toContain('The check of who receives the shared cookie failed.');
    expect(text).toContain('What follows is older.');
    expect(text).toContain('1 finding');
  });

  test('is not there where nothing is checked', async () => {
    host = await startLoginHost();
    const headers = { cookie: await host.signIn('ada') };
    for (const path of paths) expect((await host.ask(path, { headers })).status).toBe(404);
  });
});
