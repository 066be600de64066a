import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchProxied, type ProxiedBrowser } from '../test/proxied-browser.ts';
import { parseSetCookie } from './cookie.ts';
import { receivesCookie, scopeOf } from './receives.ts';
import { canonicalHost } from './site.ts';

/** Who sends which line; `#` becomes the number of the line, so that all can lie in one browser. Those with Secure are set under `.localhost`, which browsers treat as secure without TLS. */
const lines: readonly (readonly [setter: string, line: string])[] = [
  ['example.com', 'c#=1; Domain=example.com'],
  ['app.example.com', 'c#=1; Domain=example.com'],
  ['app.example.com', 'c#=1; Domain=.EXAMPLE.com'],
  ['app.example.com', 'c#=1; Domain=app.example.com'],
  ['app.example.com', 'c#=1'],
  ['app.example.com', 'c#=1; Domain='],
  ['app.example.com', 'c#=1; Domain=example.com; Domain='],
  ['app.example.com', 'c#=1; Domain=; Domain=example.com'],
  ['app.example.com', 'c#=1; Domain=other.com; Domain=example.com'],
  ['app.example.com', 'c#=1; Domain=example.com; Domain=other.com'],
  ['app.example.com', 'c#=1; Domain=com'],
  ['app.example.com', 'c#=1; Domain=shop.example.com'],
  ['app.example.com', 'c#=1; Domain=xample.com'],
  ['app.example.com', 'c#=1; Domain=example.com.'],
  ['app.example.com', 'c#=1; Domain=..example.com'],
  ['app.example.com', 'c#=1; Domain=b\u00fccher.example.com'],
  ['kittens.github.io', 'c#=1; Domain=github.io'],
  ['kittens.github.io', 'c#=1; Domain=kittens.github.io'],
  ['github.io', 'c#=1; Domain=github.io'],
  ['app.example.co.uk', 'c#=1; Domain=co.uk'],
  ['app.example.co.uk', 'c#=1; Domain=example.co.uk'],
  ['app.example.unlisted', 'c#=1; Domain=unlisted'],
  ['app.example.unlisted', 'c#=1; Domain=example.unlisted'],
  ['xn--bcher-kva.example', 'c#=1; Domain=xn--bcher-kva.example'],
  ['127.0.0.1', 'c#=1'],
  ['127.0.0.1', 'c#=1; Domain=127.0.0.1'],
  ['127.0.0.1', 'c#=1; Domain=0.0.1'],
  ['app.kittens.localhost', 'c#=1; Domain=kittens.localhost; Secure'],
  ['app.kittens.localhost', 'c#=1; Domain=localhost; Secure'],
  ['app.kittens.localhost', '__Host-c#=1; Path=/; Secure'],
  ['app.kittens.localhost', '__Host-c#=1; Secure'],
  ['app.kittens.localhost', '__Host-c#=1; Secure; Path=/; Path='],
  ['app.kittens.localhost', '__Host-c#=1; Secure; Path=x; Path=/'],
  ['app.kittens.localhost', '__Host-c#=1; Path=/; Secure; Domain=kittens.localhost'],
  ['app.kittens.localhost', '__host-c#=1; Path=/; Secure; Domain=kittens.localhost'],
  ['app.kittens.localhost', '__Host-c#=1; Path=/'],
  ['app.kittens.localhost', '__Host-c#=1; Path=/x; Secure'],
  ['app.kittens.localhost', '__Secure-c#=1; Path=/; Secure; Domain=kittens.localhost'],
  ['app.kittens.localhost', '__Secure-c#=1; Path=/; Domain=kittens.localhost'],
  ['app.kittens.localhost', '__Http-c#=1; Path=/; Secure; Domain=kittens.localhost'],
  ['app.kittens.localhost', '__Http-c#=1; Path=/; Secure; HttpOnly; Domain=kittens.localhost'],
  ['app.kittens.localhost', '__Host-Http-c#=1; Path=/; Secure; HttpOnly; Domain=kittens.localhost'],
  ['app.kittens.localhost', '__Host-Http-c#=1; Path=/; Secure; HttpOnly'],
  ['app.kittens.localhost', 'c#=1; SameSite=None; Domain=kittens.localhost'],
  ['app.kittens.localhost', 'c#=1; SameSite=None; Secure; Domain=kittens.localhost'],
  ['app.kittens.localhost', `c#=${'x'.repeat(4093)}; Domain=kittens.localhost`],
  ['app.kittens.localhost', `c#=${'x'.repeat(4094)}; Domain=kittens.localhost`],
];

const hosts: readonly string[] = [
  'example.com',
  'app.example.com',
  'x.app.example.com',
  'shop.example.com',
  'notexample.com',
  'example.com.other.com',
  'app.example.com.',
  'com.',
  'github.io',
  'kittens.github.io',
  'x.kittens.github.io',
  'puppies.github.io',
  'example.co.uk',
  'app.example.co.uk',
  'other.co.uk',
  'co.uk',
  'example.unlisted',
  'app.example.unlisted',
  'x.app.example.unlisted',
  'other.unlisted',
  'xn--bcher-kva.example',
  'b\u00fccher.example',
  'x.b\u00fccher.example',
  'bucher.example',
  '127.0.0.1',
  '127.0.0.2',
  '10.0.0.1',
  'kittens.localhost',
  'app.kittens.localhost',
  'x.app.kittens.localhost',
  'shop.kittens.localhost',
  'puppies.localhost',
  'localhost',
];

let chromium: ProxiedBrowser;

beforeAll(async () => {
  chromium = await launchProxied((request, response) => {
    const line = new URL(request.url ?? '/', 'http://any').searchParams.get('line');
    // The bytes of the header are Latin-1, as Node writes them.
    if (line !== null) response.setHeader('set-cookie', Buffer.from(line).toString('latin1'));
    response.setHeader('content-type', 'text/plain');
    response.end(request.headers.cookie ?? '');
  });
});

afterAll(() => chromium?.close());

test('Chromium sends a cookie to exactly the hosts that this package says receive it', async () => {
  const cookies = lines.map(([setter, template], index) => {
    const line = template.replace('#', String(index + 10));
    const parsed = parseSetCookie(line, { host: setter });
    if (parsed.kind !== 'cookie') throw new Error(`${line} is no cookie: ${parsed.why}`);
    return { setter, line, scope: scopeOf(parsed.cookie), name: parsed.cookie.name };
  });
  const page = await chromium.browser.newPage();
  for (const { setter, line } of cookies) {
    await page.goto(`http://${setter}/?line=${encodeURIComponent(line)}`, { waitUntil: 'commit' });
  }
  const differences: string[] = [];
  const counts = { sent: 0, kept: 0 };
  for (const host of hosts) {
    const response = await page.goto(`http://${host}/`);
    const header = `; ${await response?.text()}`;
    for (const { setter, line, scope, name } of cookies) {
      const isSent = header.includes(`; ${name}=`);
      counts[isSent ? 'sent' : 'kept'] += 1;
      if (isSent !== receivesCookie(scope, canonicalHost(host) ?? '')) {
        differences.push(`${line.slice(0, 80)} of ${setter} to ${host}: sent ${isSent}`);
      }
    }
  }
  expect(differences).toEqual([]);
  expect(counts.sent).toBeGreaterThan(50);
  expect(counts.kept).toBeGreaterThan(140);
});
