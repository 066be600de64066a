import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type RefusalReason, refusalPage, wrongHostPage } from './refusal-page.ts';

const statuses: Readonly<Record<RefusalReason, number>> = {
  'link-unusable': 400,
  'link-not-followed': 400,
  'no-access': 403,
  'cookie-not-kept': 400,
  'session-not-found': 400,
  'bad-destination': 400,
  'cross-site': 403,
  'unsafe-request': 403,
  'not-found': 404,
  method: 405,
  'wrong-host': 421,
  unavailable: 503,
  'not-ahead': 503,
  'login-host-away': 503,
  'signed-out-here': 200,
  'confirm-sign-out': 200,
};

describe.each(Object.entries(statuses))('the page for %s', (reason, status) => {
  const page = (): Response => refusalPage(reason as RefusalReason);

  test(`has status ${status}, may not be kept, framed or sniffed`, () => {
    const { headers, status: given } = page();
    expect(given).toBe(status);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('retry-after')).toBe(status === 503 ? '2' : null);
  });

  test('allows itself one style and nothing else', async () => {
    const text = await page().text();
    const policy = page().headers.get('content-security-policy') ?? '';
    const style = /<style>(.*?)<\/style>/.exec(text)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy).toContain(`style-src 'sha256-${hash}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(text).not.toMatch(/<script|<img|<link|style="|\son\w+=/);
  });

  test('is a whole page with a heading of the same words as its title', async () => {
    const text = await page().text();
    const [, title] = /<title>(.*?)<\/title>/.exec(text) ?? [];
    const [, heading] = /<h1>(.*?)<\/h1>/.exec(text) ?? [];
    expect(text).toMatch(/^<!doctype html><html lang="en">/);
    expect(title).toBe(heading);
    expect(title?.length).toBeGreaterThan(5);
  });
});

test('the page for another host names both, and nothing of it is markup', async () => {
  const page = wrongHostPage('<script>.example', 'https://toys.example');
  const text = await page.text();
  expect(page.status).toBe(421);
  expect(text).toContain('“&#60;script&#62;.example”');
  expect(text).toContain('“toys.example”');
});
