import { defineFamily, type Family } from '@latchkey/session';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { expect, test } from 'vitest';
import { diagnosis, type ExamineOptions, examine, refuseBad } from './doctor.ts';
import type { Finding } from './doctor-finding.ts';
import type { Web } from './doctor-web.ts';

const login = 'https://login.kittens.example';
const toys = 'https://toys.example';
const wiki = 'https://wiki.example';

/** What a URL is answered with: a status, or all of it. */
type Scripted = number | (() => Response);

const redirect = (location: string, ...cookies: readonly string[]): Response => {
  const response = new Response(null, { status: 303, headers: { location } });
  for (const line of cookies) response.headers.append('set-cookie', line);
  return response;
};
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/** What a family answers in which all is well. */
const well: Readonly<Record<string, Scripted>> = {
  [`${login}/health/ready`]: 200,
  [`${login}/sign-in`]: 200,
  [`${login}/sign-out`]: () =>
    redirect(`${login}/`, `__Host-latchkey_session_login=; Max-Age=0; ${attributes}`),
  [`${login}/handshake`]: () => redirect(`${login}/sign-in?return_to=x`),
  [`${login}/oidc/authorize`]: () => redirect('/sign-in?return_to=y'),
  [`${login}/.well-known/openid-configuration`]: () => Response.json({ issuer: login }),
  [`${toys}/sign-in?return_to=//`]: 400,
  [`${toys}/sign-in?return_to=/`]: () =>
    redirect(
      `${login}/handshake?app=toys&return_to=%2F&state=s`,
      `__Host-latchkey_flow_toys_abcdefgh=x; Max-Age=600; ${attributes}`,
    ),
  [`${wiki}/sign-in?return_to=//`]: 400,
  [`${wiki}/sign-in?return_to=/`]: () =>
    redirect(`${login}/oidc/authorize?client_id=wiki`, `__Host-flow=x; ${attributes}`),
};

/** By the whole URL, else without its parameters; a wrong `Host` gets what Latchkey says to it. */
function webOf(answers: Readonly<Record<string, Scripted>>): Web {
  return async (url, init) => {
    const { host } = new URL(url);
    if ((new Headers(init.headers).get('host') ?? host) !== host)
      return new Response(null, { status: 421 });
    const scripted = answers[url] ?? answers[url.split('?')[0] ?? ''] ?? 404;
    return typeof scripted === 'number' ? new Response(null, { status: scripted }) : scripted();
  };
}

function familyWith(change: Partial<Pick<Family, 'store' | 'secrets'>> = {}): Family {
  const family = defineFamily({
    name: 'Kittens',
    loginHost: login,
    store: createMemoryStore(),
    apps: {
      toys: { origin: toys },
      wiki: { origin: wiki, reach: 'oidc', redirectUris: [`${wiki}/_latchkey/callback`] },
    },
  });
  return { ...family, secrets: ['dGhpcyBpcyBhIHRlc3Qgc2VjcmV0IG9mIDQ4IGJ5dGVzIQ'], ...change };
}

function look(
  answers: Readonly<Record<string, Scripted>>,
  change: Partial<ExamineOptions> = {},
): Promise<readonly Finding[]> {
  return examine({
    family: familyWith(),
    now: Date.now,
    web: webOf(answers),
    calls: { judge: async () => 'allowed' },
    ...change,
  });
}

test('where all is well everything is good', async () => {
  const findings = await look(well);
  expect(findings.map(({ about, state }) => [about, state])).toEqual([
    ['secrets', 'good'],
    ['store', 'good'],
    [login, 'good'],
    [toys, 'good'],
    [wiki, 'good'],
  ]);
  expect(diagnosis(findings).text.split('\n')).toHaveLength(6);
  refuseBad(findings);
});

test.for<[string, Readonly<Record<string, Scripted>>, string, string]>([
  ['login host without store', { [`${login}/health/ready`]: 503 }, login, '503: store or database'],
  ['a proxy that changes Host', { [`${login}/sign-in`]: 421 }, login, 'Host unchanged'],
  ['the same at an app', { [`${toys}/sign-in?return_to=//`]: 421 }, toys, 'Host unchanged'],
  ['an app without Latchkey', { [`${toys}/sign-in?return_to=//`]: 404 }, toys, 'does not answer'],
  [
    'a proxy with nothing behind it',
    { [`${toys}/sign-in?return_to=//`]: 502 },
    toys,
    'the proxy answers',
  ],
  [
    'the same at a relying party',
    { [`${wiki}/sign-in?return_to=//`]: 502 },
    wiki,
    'what stands behind',
  ],
  [
    'a gateway that waits in vain',
    { [`${login}/health/ready`]: 504 },
    login,
    '504: the proxy answers',
  ],
  [
    'a relying party that is not ready',
    { [`${wiki}/sign-in?return_to=//`]: 503 },
    wiki,
    'not ready',
  ],
  ['an app that fails', { [`${toys}/sign-in?return_to=//`]: 500 }, toys, '500: it fails'],
  [
    'a login host that redirects to https',
    {
      [`${login}/health/ready`]: () => redirect('https://login.kittens.example:8443/health/ready'),
    },
    login,
    'it leads to https://login.kittens.example:8443 before',
  ],
  ['an app without store', { [`${toys}/sign-in?return_to=//`]: 503 }, toys, 'session store'],
])('%s is found', async ([_what, change, about, words]) => {
  const findings = await look({ ...well, ...change });
  expect(findings.filter(({ state }) => state === 'bad')).toEqual([
    { about, state: 'bad', words: expect.stringContaining(words), change: expect.any(String) },
  ]);
  expect(() => refuseBad(findings)).toThrow(expect.objectContaining({ code: 'family_unwell' }));
});

test.for<readonly [string, Readonly<Record<string, Scripted>>, string, string]>([
  [
    'the login host of another config',
    { [`${login}/.well-known/openid-configuration`]: () => Response.json({ issuer: wiki }) },
    login,
    `another config answers here: ${wiki}`,
  ],
  [
    'an app that the login host does not know',
    { [`${login}/handshake`]: 400 },
    toys,
    'the login host does not know toys',
  ],
  [
    'a login host that pauses signing in',
    { [`${login}/handshake`]: () => redirect('/paused?app=toys'), [`${login}/paused`]: 503 },
    toys,
    'signing in to toys is paused',
  ],
  [
    'redirects without end',
    Object.fromEntries(
      [...'abcdefghijkl'].map((name, index, all) => [
        `${login}/${index === 0 ? 'handshake' : name}`,
        () => redirect(`/${all[index + 1] ?? 'a'}`),
      ]),
    ),
    toys,
    'redirects go round in circles',
  ],
  [
    'a redirect within the app',
    { [`${toys}/sign-in?return_to=/`]: () => redirect('/start') },
    toys,
    '/sign-in leads to /start of the same host',
  ],
  [
    'an app with another login host in its config',
    {
      [`${toys}/sign-in?return_to=/`]: () =>
        redirect('https://login.old.example/handshake?app=toys&state=s'),
    },
    toys,
    'it leads to https://login.old.example as login host',
  ],
  [
    'a relying party whose cookie browsers drop',
    {
      [`${wiki}/sign-in?return_to=/`]: () =>
        redirect(`${login}/oidc/authorize?client_id=wiki`, 'flow=x; SameSite=None'),
    },
    wiki,
    'it has SameSite=None without Secure',
  ],
  [
    'a cookie of no name',
    {
      [`${login}/sign-out`]: () =>
        redirect(`${login}/`, '__Host-latchkey_session_login=a\u0001b; Path=/; Secure'),
    },
    login,
    'is malformed',
  ],
])('%s is found', async ([_what, change, about, words]) => {
  const findings = await look({ ...well, ...change });
  expect(findings.filter(({ state }) => state === 'bad')).toEqual([
    { about, state: 'bad', words: expect.stringContaining(words), change: expect.any(String) },
  ]);
});

test('a config whose cookies browsers would drop is found before anybody is asked', async () => {
  const family = familyWith();
  const member = family.apps.get('toys');
  if (member?.cookie == null) throw new Error('There are no toys.');
  const cookie = { ...member.cookie, domain: 'co.uk' };
  const apps = new Map(family.apps).set('toys', { ...member, cookie });
  const findings = await look(well, { family: { ...family, apps } });
  expect(findings.filter(({ state }) => state === 'bad')).toEqual([
    {
      about: toys,
      state: 'bad',
      change: 'apps.toys.origin',
      words: expect.stringContaining('its Domain is a public suffix (co.uk)'),
    },
  ]);
});

test('what is to be changed stands below the table', async () => {
  const findings = await look({ ...well, [`${login}/handshake`]: 400 });
  expect(diagnosis(findings).text).toContain(
    `To change:\n  ${toys}: apps.toys in the config that the login host runs with`,
  );
});

test('a foreign relying party cannot be judged by its sign-in page', async () => {
  const findings = await look({ ...well, [`${wiki}/sign-in?return_to=//`]: 404 });
  expect(findings.find(({ about }) => about === wiki)?.state).toBe('unknown');
});

test('who does not answer is told with the reason of the network', async () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  const findings = await look(well, {
    web: () => Promise.reject(new TypeError('fetch failed', { cause: refused })),
  });
  expect(findings.filter(({ words }) => words.includes('ECONNREFUSED'))).toHaveLength(3);
});

test('clocks that differ are told with their difference', async () => {
  const findings = await look(well, { now: () => Date.now() - 60_000 });
  expect(findings.find(({ about }) => about === 'store')).toMatchObject({
    state: 'bad',
    words: expect.stringContaining('60 s behind'),
  });
});

test.each([
  ['memory:', 'one process'],
  ['sqlite:/', 'cannot be opened'],
  ['sqlite:./nowhere/sessions.db', 'no file'],
  ['sqlite:///nowhere/sessions.db', 'no file /nowhere/sessions.db'],
])('a store %s is bad', async (store, words) => {
  const findings = await look(well, { family: familyWith({ store }) });
  expect(findings.find(({ about }) => about === 'store')).toMatchObject({
    state: 'bad',
    words: expect.stringContaining(words),
  });
});

test('secrets are judged where they are and never shown', async () => {
  const weak = await look(well, { family: familyWith({ secrets: ['changeme-changeme'] }) });
  expect(weak[0]).toMatchObject({ about: 'secrets', state: 'bad' });
  expect(JSON.stringify(weak)).not.toContain('changeme');
  const none = await look(well, { family: familyWith({ secrets: [] }) });
  expect(none[0]).toMatchObject({ state: 'unknown' });
});

test.each(['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN'])(
  'a certificate of a private authority (%s) names the variable to set',
  async (code) => {
    const web: Web = async (url, init) => {
      if (!url.startsWith(toys)) return webOf(well)(url, init);
      throw Object.assign(new Error('fetch failed'), { code });
    };
    const findings = await look(well, { web });
    expect(findings.filter(({ state }) => state === 'bad')).toEqual([
      {
        about: toys,
        state: 'bad',
        words: expect.stringContaining(code),
        change: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      },
    ]);
  },
);

test('a logout address that the login host will not call is bad, and one that resolves to nothing is not good', async () => {
  const judge = (verdict: 'refused' | 'unknown') => ({ calls: { judge: async () => verdict } });
  const refused = await look(well, judge('refused'));
  expect(refused.filter(({ state }) => state === 'bad')).toEqual([
    {
      about: 'logout address of wiki',
      state: 'bad',
      words: expect.stringContaining('will not call wiki.example'),
      change: expect.stringContaining('latchkey serve --allow-range'),
    },
  ]);
  const unknown = await look(well, judge('unknown'));
  expect(unknown.find(({ about }) => about === 'logout address of wiki')).toMatchObject({
    state: 'unknown',
    words: expect.stringContaining('resolves to nothing here'),
  });
});
