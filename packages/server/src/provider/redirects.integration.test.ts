import { nearMisses } from '@latchkey/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginFlow } from '../../test/code-flow.ts';
import { type ProviderHost, startProviderHost } from '../../test/provider-host.ts';

let host: ProviderHost;
let signInId: string;

beforeAll(async () => {
  host = await startProviderHost();
  signInId = await host.signIn(await host.addAccount('ben'));
});
afterAll(() => host.close());

/** Changes of a registered redirect URI that must all be refused: compared letter by letter (RFC 9700, 2.1). */
const changes: readonly (readonly [string, (uri: string) => string])[] = [
  ['user information', (uri) => uri.replace('://', '://evil.example@')],
  ['a host after @', (uri) => uri.replace('/_latchkey', '@evil.example/_latchkey')],
  ['a backslash', (uri) => uri.replace('/_latchkey', '\\_latchkey')],
  ['a double slash', (uri) => uri.replace('/_latchkey', '//_latchkey')],
  ['three slashes', (uri) => uri.replace('/_latchkey', '///_latchkey')],
  ['no scheme', (uri) => uri.slice(uri.indexOf('//'))],
  ['another port', (uri) => uri.replace(/:\d+\//, ':1/')],
  ['no port', (uri) => uri.replace(/:\d+\//, '/')],
  ['upper case', (uri) => uri.replace('wiki', 'WIKI')],
  ['an upper-case path', (uri) => uri.replace('callback', 'Callback')],
  ['a fragment', (uri) => `${uri}#x`],
  ['an encoded slash', (uri) => uri.replace('/callback', '%2fcallback')],
  ['encoded dots', (uri) => uri.replace('/callback', '/%2e%2e/_latchkey/callback')],
  ['dots', (uri) => uri.replace('/callback', '/../_latchkey/callback')],
  ['a trailing dot of the host', (uri) => uri.replace('.localhost', '.localhost.')],
  ['a full-width letter', (uri) => uri.replace('wiki', 'wıki')],
  ['an international name', (uri) => uri.replace('wiki', 'xn--wki-0pa')],
  ['a tab', (uri) => uri.replace('callback', 'call\tback')],
  ['a newline', (uri) => uri.replace('callback', 'call\nback')],
  ['an IPv6 address', () => 'http://[::1]/_latchkey/callback'],
  ['a decimal address', () => 'http://2130706433/_latchkey/callback'],
  ['a script', () => 'javascript:alert(1)'],
  ['data', () => 'data:text/html,x'],
  ['an added query', (uri) => `${uri}?next=evil`],
  ['an added path', (uri) => `${uri}/more`],
  ['a trailing slash', (uri) => `${uri}/`],
  ['a suffix of the host', (uri) => uri.replace(/:\d+/, '.evil.example')],
  ['a prefix of the host', (uri) => uri.replace('wiki', 'evil-wiki')],
  ['loopback with a port', () => 'http://127.0.0.1:8080/_latchkey/callback'],
  ['nothing', () => ''],
  ['a very long value', (uri) => `${uri}?${'x'.repeat(6000)}`],
  ['another app’s', (uri) => uri.replace('wiki', 'forum')],
  ['https instead', (uri) => uri.replace('http:', 'https:')],
];

test.each(changes)(
  'a redirect URI with %s is refused on a page, and nobody is sent there',
  async (_what, change) => {
    const registered = host.family.apps.get('wiki')?.redirectUris[0] ?? '';
    const flow = beginFlow(host, 'wiki', { redirect_uri: change(registered) });
    const response = await host.browser(signInId).get(flow.url);
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    const page = await response.text();
    expect(page).toContain('Home page');
    expect(page).not.toContain('evil');
  },
);

const corpus = nearMisses('http://wiki.ponies.localhost:1/_latchkey/callback');
test.each(corpus)('a redirect URI with $what is refused', async ({ value }) => {
  const registered = host.family.apps.get('wiki')?.redirectUris[0] ?? '';
  const { port } = new URL(registered);
  const near = value.replace(':1/', `:${port}/`);
  expect(near).not.toBe(registered);
  const response = await host
    .browser(signInId)
    .get(beginFlow(host, 'wiki', { redirect_uri: near }).url);
  expect(response.status).toBe(400);
  expect(response.headers.get('location')).toBeNull();
});

test('an unknown app is refused on a page', async () => {
  const flow = beginFlow(host, 'wiki', { client_id: 'nobody' });
  const response = await host.browser(signInId).get(flow.url);
  expect(response.status).toBe(400);
  expect(response.headers.get('location')).toBeNull();
});

test('a redirect URI is asked for, although only one is registered', async () => {
  const flow = beginFlow(host, 'wiki', { redirect_uri: undefined });
  expect((await host.browser(signInId).get(flow.url)).status).toBe(400);
});
