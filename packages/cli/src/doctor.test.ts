import { defineFamily, type Family } from '@latchkey/session';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { expect, test } from 'vitest';
import { diagnosis, type ExamineOptions, examine, type Finding, refuseBad } from './doctor.ts';

const login = 'https://login.kittens.example';
const toys = 'https://toys.example';
const wiki = 'https://wiki.example';

/** What a family answers in which all is well. */
const well: Readonly<Record<string, number>> = {
  [`${login}/health/ready`]: 200,
  [`${login}/sign-in`]: 200,
  [`${toys}/sign-in?return_to=//`]: 400,
  [`${wiki}/sign-in?return_to=//`]: 400,
};

function familyWith(change: Partial<Pick<Family, 'store' | 'secrets'>> = {}): Family {
  const family = defineFamily({
    name: 'Kittens',
    loginHost: login,
    store: createMemoryStore(),
    apps: {
      toys: { origin: toys },
      wiki: { origin: wiki, reach: 'oidc', redirectUris: [`${wiki}/_latchkey/callback`] },
      old: { origin: 'https://old.example', reach: 'proxy' },
    },
  });
  return { ...family, secrets: ['dGhpcyBpcyBhIHRlc3Qgc2VjcmV0IG9mIDQ4IGJ5dGVzIQ'], ...change };
}

function look(
  answers: Readonly<Record<string, number>>,
  change: Partial<ExamineOptions> = {},
): Promise<readonly Finding[]> {
  return examine({
    family: familyWith(),
    now: Date.now,
    fetch: async (url) => new Response(null, { status: answers[url] ?? 404 }),
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

test.each([
  ['login host without store', { [`${login}/health/ready`]: 503 }, login, '503: store or database'],
  ['a proxy that changes Host', { [`${login}/sign-in`]: 421 }, login, 'Host unchanged'],
  ['the same at an app', { [`${toys}/sign-in?return_to=//`]: 421 }, toys, 'Host unchanged'],
  ['an app without Latchkey', { [`${toys}/sign-in?return_to=//`]: 404 }, toys, 'does not answer'],
  ['an app without store', { [`${toys}/sign-in?return_to=//`]: 503 }, toys, 'session store'],
])('%s is found', async (_what, change, about, words) => {
  const findings = await look({ ...well, ...change });
  expect(findings.filter(({ state }) => state === 'bad')).toEqual([
    { about, state: 'bad', words: expect.stringContaining(words) },
  ]);
  expect(() => refuseBad(findings)).toThrow(expect.objectContaining({ code: 'family_unwell' }));
});

test('a foreign relying party cannot be judged by its sign-in page', async () => {
  const findings = await look({ ...well, [`${wiki}/sign-in?return_to=//`]: 404 });
  expect(findings.find(({ about }) => about === wiki)?.state).toBe('unknown');
});

test('who does not answer is told with the reason of the network', async () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  const findings = await look(well, {
    fetch: () => Promise.reject(new TypeError('fetch failed', { cause: refused })),
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
