import { expect, test } from 'vitest';
import { onwardPage } from './onward-page.ts';

test('goes on by itself, by a link where it does not, and leaves nothing behind', async () => {
  const page = onwardPage({ to: 'https://login.kittens.example/signed-out?app=toys&ticket=x' });
  const body = await page.text();
  const escaped = 'https://login.kittens.example/signed-out?app=toys&#38;ticket=x';
  expect(page.status).toBe(200);
  expect(body).toContain(`<meta http-equiv="refresh" content="0;url=${escaped}">`);
  expect(body).toContain(`<a href="${escaped}" rel="noreferrer">Continue</a>`);
  expect(page.headers.get('cache-control')).toBe('no-store');
  expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  expect(page.headers.get('content-security-policy')).toContain("form-action 'self'");
  expect(page.headers.get('cross-origin-opener-policy')).toBeNull();
});

test('what it is given is text: no markup and no second URL comes out of it', async () => {
  const evil = `"><script>alert(1)</script>' url=https://evil.example/`;
  const to = `https://toys.example/?x=${evil}`;
  const body = await onwardPage({ to, title: evil, text: evil }).text();
  expect(body).not.toContain('<script>');
  expect(body.match(/<meta http-equiv="refresh" content="[^"]*">/g)).toHaveLength(1);
});
