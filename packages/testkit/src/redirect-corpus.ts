/** A destination that came from outside, with what is wrong or odd about it. */
export interface Destination {
  readonly what: string;
  readonly value: string;
}

/**
 * Destinations that must be refused wherever a place to go comes from outside: `return_to`, redirect URIs, post-logout
 * URIs, handshake targets. `origin` is the one that is allowed, for example `https://toys.example`. Most lead elsewhere in
 * some browser or parser; the rest are spelt as nobody honest spells them. Sources: RFC 9700, 4.1 and 4.11, and the
 * advisories of other sign-in servers.
 */
export function hostileDestinations(origin: string): readonly Destination[] {
  return [
    ...otherHosts(origin),
    ...otherSchemes(origin),
    ...slashes(),
    ...invisible(origin),
    ...lookalikes(origin),
    ...notAbsolute(),
    ...tooLong(origin),
  ];
}

/** Paths that look odd but lead to `origin`: may be accepted, if the result stays there. */
export const oddDestinations: readonly Destination[] = [
  { what: 'encoded slashes', value: '/%2F%2Fevil.example' },
  { what: 'an encoded backslash', value: '/%5Cevil.example' },
  { what: 'an encoded tab', value: '/%09/evil.example' },
  { what: 'an encoded line break', value: '/%0d%0aLocation:%20https://evil.example' },
  { what: 'an encoded null', value: '/%00' },
  { what: 'broken percent-encoding', value: '/%E0%A4%A' },
  { what: 'an at sign', value: '/@evil.example' },
  { what: 'a colon and an at sign', value: '/:@evil.example' },
  { what: 'a URL as path', value: '/https://evil.example' },
  { what: 'a URL in the query', value: '/?next=https://evil.example' },
  { what: 'two slashes in the query', value: '/?next=//evil.example' },
  { what: 'two slashes further on', value: '/a//evil.example' },
  { what: 'a semicolon', value: '/;//evil.example' },
  { what: 'dot segments that stay inside', value: '/x/../y' },
  { what: 'a fragment', value: '/x#//evil.example' },
  { what: 'a question mark only', value: '/?' },
  { what: 'a repeated parameter', value: '/?a=1&a=2' },
];

/** URIs that differ from a registered one by little: an exact comparison refuses them all (RFC 9700, 2.1). */
export function nearMisses(uri: string): readonly Destination[] {
  const { origin, pathname } = new URL(uri);
  const { protocol, host, hostname } = new URL(uri);
  const at = (authority: string): string => `${protocol}//${authority}${pathname}`;
  return [
    { what: 'a slash more', value: `${uri}/` },
    { what: 'a character less', value: uri.slice(0, -1) },
    { what: 'a path below', value: `${uri}/evil` },
    { what: 'a path beside', value: `${uri}evil` },
    { what: 'dot segments', value: `${uri}/../evil` },
    { what: 'encoded dot segments', value: `${uri}/%2e%2e/evil` },
    { what: 'encoded slashes', value: `${uri}%2f..%2fevil` },
    { what: 'a query', value: `${uri}?x=1` },
    { what: 'an empty query', value: `${uri}?` },
    { what: 'a fragment', value: `${uri}#x` },
    { what: 'an empty fragment', value: `${uri}#` },
    { what: 'a blank after', value: `${uri} ` },
    { what: 'a blank before', value: ` ${uri}` },
    { what: 'a line break after', value: `${uri}\n` },
    { what: 'a path in capitals', value: `${origin}${pathname.toUpperCase()}` },
    { what: 'the host in capitals', value: at(host.toUpperCase()) },
    { what: 'the scheme in capitals', value: uri.replace(protocol, protocol.toUpperCase()) },
    { what: 'a letter percent-encoded', value: uri.replace(/.$/, (last) => hexOf(last)) },
    { what: 'two slashes in the path', value: `${origin}/${pathname}` },
    { what: 'a backslash for a slash', value: `${origin}\\${pathname.slice(1)}` },
    { what: 'another port', value: at(`${hostname}:8443`) },
    { what: 'an empty port', value: at(`${hostname}:`) },
    { what: 'a trailing dot', value: at(host.replace(hostname, `${hostname}.`)) },
    { what: 'a user name', value: at(`evil@${host}`) },
    { what: 'an empty user name', value: at(`@${host}`) },
    { what: 'a subdomain', value: at(`evil.${host}`) },
    {
      what: 'it as prefix of a host',
      value: at(host.replace(hostname, `${hostname}.evil.example`)),
    },
    { what: 'it as suffix of a host', value: at(`evil-${host}`) },
    { what: 'the other scheme', value: `${otherScheme(origin)}//${host}${pathname}` },
    { what: 'it twice', value: `${uri}${uri}` },
    { what: 'it as a query', value: `https://evil.example/?${uri}` },
    { what: 'nothing', value: '' },
  ];
}

function otherHosts(origin: string): readonly Destination[] {
  const { protocol, host, hostname } = new URL(origin);
  return [
    { what: 'another host', value: 'https://evil.example/' },
    { what: 'another host that names ours in its path', value: `https://evil.example/${origin}/` },
    {
      what: 'another host that names ours in its query',
      value: `https://evil.example/?${origin}/`,
    },
    {
      what: 'another host that names ours in a fragment',
      value: `https://evil.example/#${origin}/`,
    },
    { what: 'ours as prefix of a host', value: `${protocol}//${hostname}.evil.example/` },
    { what: 'ours as suffix of a host', value: `${protocol}//evil-${host}/` },
    { what: 'ours as suffix without a hyphen', value: `${protocol}//evil${host}/` },
    { what: 'a subdomain of ours', value: `${protocol}//evil.${host}/` },
    { what: 'ours as user name', value: `${origin}@evil.example/` },
    {
      what: 'ours as user name with password',
      value: `${protocol}//${hostname}:443@evil.example/`,
    },
    { what: 'a user name at ours', value: `${protocol}//evil@${host}/` },
    { what: 'an empty user name at ours', value: `${protocol}//@${host}/` },
    { what: 'an encoded at sign', value: `${protocol}//${hostname}%40evil.example/` },
    { what: 'an at sign after a backslash', value: `${protocol}//evil.example\\@${host}/` },
    { what: 'an at sign after a fragment', value: `${origin}#@evil.example/` },
    { what: 'an at sign after a query', value: `${origin}?@evil.example/` },
    { what: 'another port', value: `${protocol}//${hostname}:8443/` },
    { what: 'the default port', value: `${protocol}//${hostname}:${defaultPort(protocol)}/` },
    { what: 'an empty port', value: `${protocol}//${hostname}:/` },
    { what: 'port zero', value: `${protocol}//${hostname}:0/` },
    { what: 'a trailing dot', value: `${protocol}//${host.replace(hostname, `${hostname}.`)}/` },
    { what: 'the host in capitals', value: `${protocol}//${host.toUpperCase()}/` },
    { what: 'an encoded dot in the host', value: `${protocol}//${host.replace('.', '%2e')}/` },
    { what: 'an IPv6 loopback', value: 'https://[::1]/' },
    { what: 'an IPv4 address in IPv6', value: 'https://[::ffff:127.0.0.1]/' },
    { what: 'a decimal address', value: 'https://2130706433/' },
    { what: 'a hexadecimal address', value: 'https://0x7f000001/' },
    { what: 'an octal address', value: 'https://0177.0.0.1/' },
    { what: 'a short address', value: 'https://127.1/' },
    { what: 'a loopback with another port', value: 'http://127.0.0.1:1/' },
    { what: 'localhost with another port', value: 'http://localhost:1/' },
  ];
}

function otherSchemes(origin: string): readonly Destination[] {
  const { host } = new URL(origin);
  return [
    { what: 'the other scheme', value: `${otherScheme(origin)}//${host}/` },
    { what: 'the scheme in capitals', value: origin.replace(/^[a-z]+/, (s) => s.toUpperCase()) },
    { what: 'javascript', value: 'javascript:alert(1)' },
    { what: 'javascript in mixed case', value: 'JaVaScRiPt:alert(1)' },
    { what: 'javascript with a line break', value: 'java\nscript:alert(1)' },
    { what: 'javascript with our host as comment', value: `javascript://${host}/%0aalert(1)` },
    { what: 'data', value: 'data:text/html,<script>alert(1)</script>' },
    { what: 'vbscript', value: 'vbscript:msgbox(1)' },
    { what: 'blob of our origin', value: `blob:${origin}/x` },
    { what: 'filesystem of our origin', value: `filesystem:${origin}/x` },
    { what: 'file', value: 'file:///etc/passwd' },
    { what: 'about', value: 'about:blank' },
    { what: 'ftp', value: `ftp://${host}/` },
    { what: 'web socket', value: `wss://${host}/` },
    { what: 'an intent', value: `intent://${host}/#Intent;scheme=https;end` },
    { what: 'a scheme without slashes', value: 'https:evil.example' },
    { what: 'a scheme without slashes, ours', value: `https:${host}` },
    { what: 'a scheme with one slash', value: 'https:/evil.example' },
    { what: 'a scheme with three slashes', value: 'https:///evil.example' },
    { what: 'a scheme with backslashes', value: 'https:\\\\evil.example' },
    { what: 'no scheme but a colon', value: '://evil.example' },
  ];
}

function slashes(): readonly Destination[] {
  return [
    '//evil.example',
    '///evil.example',
    '////evil.example',
    '//evil.example/..',
    '//',
    '/\\evil.example',
    '/\\/evil.example',
    '\\/evil.example',
    '\\\\evil.example',
    '\\evil.example',
    '/x\\..\\..\\evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/x/..//evil.example',
    '/x/../..//evil.example',
    '/%2e//evil.example',
    '/%2E%2E//evil.example',
    '/.%2e//evil.example',
    '/./\\evil.example',
    '//@evil.example',
  ].map((value) => ({ what: 'slashes and dots', value }));
}

function invisible(origin: string): readonly Destination[] {
  return [
    '/\t/evil.example',
    '/\n/evil.example',
    '/\r/evil.example',
    '\t//evil.example',
    ' //evil.example',
    '\u0000//evil.example',
    '\u00a0//evil.example',
    '\ufeff//evil.example',
    '/\u0000/evil.example',
    '/ /evil.example',
    '/x\r\nLocation: https://evil.example',
    '/x y',
    ' /x',
    '/x ',
    '/x\u007f',
    `${origin}\t.evil.example/`,
    `${origin}\n@evil.example/`,
    `\u0001${origin}/`,
  ].map((value) => ({ what: 'blanks and control characters', value }));
}

function lookalikes(origin: string): readonly Destination[] {
  const { protocol, host } = new URL(origin);
  return [
    { what: 'full-width slashes', value: '／／evil.example' },
    { what: 'a full-width slash', value: '/／evil.example' },
    { what: 'an ideographic full stop', value: `${protocol}//${host.replace('.', '。')}/` },
    { what: 'a full-width letter', value: `${protocol}//${host.replace(/^./, 'ｔ')}/` },
    { what: 'a Cyrillic letter', value: `${protocol}//${host.replace('o', 'о')}/` },
    { what: 'a fraction slash after ours', value: `${origin}⁄.evil.example/` },
    { what: 'a full-width slash after ours', value: `${origin}／.evil.example/` },
    { what: 'a full-width at sign', value: `${origin}＠evil.example/` },
    { what: 'a soft hyphen', value: `${protocol}//${host.replace(/^./, '$&\u00ad')}/` },
    { what: 'a path beyond ASCII', value: '/ü' },
    { what: 'a lone surrogate', value: '/\ud800' },
  ];
}

function notAbsolute(): readonly Destination[] {
  return [
    '',
    'evil',
    'evil.example',
    './evil',
    '../evil',
    '?x',
    '#x',
    '@evil.example',
    '.',
    '%2Fx',
  ].map((value) => ({ what: 'neither a path nor an origin', value }));
}

function tooLong(origin: string): readonly Destination[] {
  return [
    { what: '2,001 characters', value: `/${'a'.repeat(2000)}` },
    { what: 'a path that grows when it is encoded', value: `/${'"'.repeat(1000)}` },
    { what: '100,000 characters', value: `${origin}/${'a'.repeat(100_000)}` },
  ];
}

function otherScheme(origin: string): string {
  return origin.startsWith('https:') ? 'http:' : 'https:';
}

function defaultPort(protocol: string): string {
  return protocol === 'https:' ? '443' : '80';
}

function hexOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}
