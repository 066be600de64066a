import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import family from './latchkey.config.ts';
import { homePage, html, noAccessPage, signedInPage, type Visit } from './page.ts';

const account = { id: crypto.randomUUID(), email: 'eve@kittens.example', name: '<b>Eve</b>' };
const visitor: Visit = { family, app: 'shop', account: null, access: 'none' };
const known: Visit = { family, app: 'shop', account, access: 'granted' };

test('the policy of a page allows its own style, to the letter', () => {
  const { body, headers } = homePage(visitor, { lead: 'Hello.' });
  const style = /<style>([\s\S]*?)<\/style>/.exec(body)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(style).toContain('color-scheme: light dark');
  expect(headers['content-security-policy']).toContain(`'sha256-${hash}'`);
  expect(body).not.toMatch(/<script|style=|\son\w+=/);
});

test('a visitor has one way to sign in, somebody signed in one to sign out', () => {
  const signedOut = homePage(visitor, { lead: '' }).body;
  expect(signedOut.match(/Sign in</g)).toHaveLength(1);
  expect(signedOut).not.toContain('Sign out<');
  for (const { body } of [homePage(known, { lead: '' }), signedInPage(known, 'H', { lead: '' })]) {
    expect(body.match(/<button>Sign out<\/button>/g)).toHaveLength(1);
    expect(body).not.toContain('Sign in<');
  }
});

test('what people are called is text, never markup', () => {
  const { body } = homePage(known, { lead: '', content: html`<p>${account.name}</p>` });
  expect(body).not.toContain('<b>Eve</b>');
  expect(body).toContain('&lt;b&gt;Eve&lt;/b&gt;');
});

test('without access an app of reach shared says so; elsewhere the visitor is signed out', () => {
  const shop = homePage({ ...visitor, access: 'denied' }, { lead: '' });
  expect(shop.status).toBe(403);
  expect(shop.body).toBe(noAccessPage({ ...visitor, access: 'denied' }).body);
  const toys = homePage({ ...visitor, app: 'toys', access: 'denied' }, { lead: '' });
  expect(toys.status).toBe(200);
  expect(toys.body).toContain('Sign in');
});

test('it links to every app of the family and marks the one it belongs to', () => {
  const { body } = homePage(visitor, { lead: '' });
  for (const { origin } of family.apps.values()) expect(body).toContain(`href="${origin}/"`);
  expect(body.match(/aria-current="page"/g)).toHaveLength(1);
  expect(body).toMatch(/shop\.kittens\.localhost:\d+\/" aria-current="page"/);
});
