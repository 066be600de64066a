import { expect, test } from 'vitest';
import { type Cookie, type ParseContext, parseSetCookie } from './cookie.ts';
import { cookieFaults, dropReason, unsaid } from './cookie-rules.ts';

const good = 'HttpOnly; SameSite=Lax; Secure';

function parsed(text: string, context: ParseContext = {}): Cookie {
  const result = parseSetCookie(text, context);
  if (result.kind !== 'cookie') throw new Error(result.why);
  return result.cookie;
}

test.each([
  ['com', 'domain-single-label'],
  ['co.uk', 'domain-public-suffix'],
  ['github.io', 'domain-public-suffix'],
  ['192.0.2.1', 'domain-address'],
  ['2001:db8::1', 'domain-address'],
  ['localhost', 'domain-single-label'],
  ['b\u00fccher.example', 'domain-not-a-name'],
  ['exa mple.com', 'domain-not-a-name'],
  ['<script>.example.com', 'domain-not-a-name'],
])('Domain=%s is critical: %s', (domain, reason) => {
  const cookie = parsed(`a=1; Domain=${domain}; ${good}`);
  expect(dropReason(cookie)).toBe(reason);
  expect(cookieFaults(cookie)).toMatchObject([{ ruleId: 'cookie-domain', severity: 'critical' }]);
});

test('a domain that is not above the host is refused', () => {
  const cookie = parsed(`a=1; Domain=shop.example.com; ${good}`, { host: 'app.example.com' });
  expect(dropReason(cookie)).toBe('domain-not-above-host');
});

test.each([
  [`__Host-a=1; Path=/; Domain=example.com; ${good}`, 'prefix'],
  [`__hOST-a=1; Path=/; Domain=example.com; ${good}`, 'prefix'],
  [`__Host-a=1; Path=/x; ${good}`, 'prefix'],
  ['__Secure-a=1; Domain=example.com', 'prefix'],
  ['__Http-a=1; Secure', 'prefix'],
  [`__Host-Http-a=1; Path=/; ${good}`, null],
  [`__Secure-a=1; Domain=example.com; ${good}`, null],
  ['a=1; SameSite=None', 'same-site-none-insecure'],
])('browsers drop %s: %s', (text, reason) => {
  expect(dropReason(parsed(text))).toBe(reason);
});

test('name and value may have 4096 octets together', () => {
  const of = (length: number): string | null =>
    dropReason(parsed(`a=${'x'.repeat(length)}; ${good}`));
  expect([of(4095), of(4096)]).toEqual([null, 'size']);
});

test('what is missing in a real answer is a fault, in a description a note', () => {
  const bare = 'a=1; Domain=example.com';
  const rulesOf = (cookie: Cookie): string[] => cookieFaults(cookie).map(({ ruleId }) => ruleId);
  expect(rulesOf(parsed(bare))).toEqual(['cookie-secure', 'cookie-http-only', 'cookie-same-site']);
  const described = parsed(bare, { origin: 'described' });
  expect(rulesOf(described)).toEqual(['cookie-secure']);
  expect(unsaid(described)).toEqual([expect.stringContaining('HttpOnly and SameSite')]);
});

test.each(['Host__sid', '__host_sid', '__HostHttp-sid', '__Secure_sid', '_Host-sid', 'Host-_sid'])(
  '%s is a misspelt prefix',
  (name) => {
    const faults = cookieFaults(parsed(`${name}=1; Path=/; ${good}`));
    expect(faults).toMatchObject([{ ruleId: 'cookie-prefix', severity: 'medium' }]);
  },
);

test.each(['host_session', 'secure-token', 'hosting', '__Host-sid', '_session', '__utma'])(
  '%s is a name like any other',
  (name) => {
    expect(cookieFaults(parsed(`${name}=1; Path=/; ${good}`))).toEqual([]);
  },
);
