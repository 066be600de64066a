import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judgeUnsafeRequest,
  mayHaveEffect,
  type RequestOrigin,
  requestOrigin,
  type UnsafeVerdict,
} from './unsafe-request.ts';

const ours = 'https://shop.kittens.example';
const origins = [ours, 'https://login.kittens.example'];
const evil = 'https://evil.example';

function judge(parts: Partial<RequestOrigin>): boolean {
  const request = { method: 'POST', secFetchSite: null, origin: null, referer: null, ...parts };
  return mayHaveEffect(request, origins);
}

describe('safe methods', () => {
  test.each(['GET', 'HEAD', 'OPTIONS'])('%s is allowed wherever it comes from', (method) => {
    expect(judge({ method, secFetchSite: 'cross-site', origin: evil })).toBe(true);
    expect(judge({ method })).toBe(true);
  });
});

describe.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE', 'get', 'post'])(
  '%s',
  (method) => {
    test.each(['same-origin', 'none'])('with Sec-Fetch-Site: %s is allowed', (secFetchSite) => {
      expect(judge({ method, secFetchSite })).toBe(true);
      expect(judge({ method, secFetchSite, origin: evil, referer: `${evil}/` })).toBe(true);
    });

    test.each(['same-site', 'cross-site'])(
      'with Sec-Fetch-Site: %s needs an Origin that is exactly a configured one',
      (secFetchSite) => {
        expect(judge({ method, secFetchSite })).toBe(false);
        expect(judge({ method, secFetchSite, referer: `${ours}/` })).toBe(false);
        expect(judge({ method, secFetchSite, origin: evil })).toBe(false);
        expect(judge({ method, secFetchSite, origin: ours })).toBe(true);
      },
    );

    test.each([
      'same-origin, same-origin',
      'same-origin, cross-site',
      'none, none',
      'Same-Origin',
      ' same-origin',
      'same-origin;',
      'trusted',
      '',
    ])('with Sec-Fetch-Site: %j is refused, whatever else it says', (secFetchSite) => {
      expect(judge({ method, secFetchSite })).toBe(false);
      expect(judge({ method, secFetchSite, origin: ours, referer: `${ours}/` })).toBe(false);
    });

    test('without Sec-Fetch-Site needs a configured Origin', () => {
      expect(judge({ method, origin: ours })).toBe(true);
      expect(judge({ method, origin: ours, referer: `${evil}/` })).toBe(true);
      expect(judge({ method, origin: evil, referer: `${ours}/` })).toBe(false);
    });

    test('without Sec-Fetch-Site and Origin needs a Referer on a configured origin', () => {
      expect(judge({ method, referer: `${ours}/cart?x=1` })).toBe(true);
      expect(judge({ method, referer: ours })).toBe(true);
      expect(judge({ method, referer: `${evil}/?${ours}` })).toBe(false);
      expect(judge({ method, referer: `${ours}.evil.example/` })).toBe(false);
      expect(judge({ method, referer: 'not a URL' })).toBe(false);
      expect(judge({ method, referer: '' })).toBe(false);
    });

    test('without any of them is refused', () => {
      expect(judge({ method })).toBe(false);
    });
  },
);

describe('Origin', () => {
  test.each([
    'null',
    '',
    `${ours}/`,
    `${ours}, ${ours}`,
    `${ours} ${evil}`,
    ours.toUpperCase(),
    ours.replace('https', 'http'),
    `${ours}:443`,
    `${ours}:8443`,
    `${ours}.evil.example`,
    'https://evil-shop.kittens.example',
    'https://kittens.example',
    'https://*.kittens.example',
    `${ours}@evil.example`,
  ])('%j is not a configured one', (origin) => {
    expect(judge({ origin })).toBe(false);
    expect(judge({ origin, secFetchSite: 'cross-site' })).toBe(false);
    expect(judge({ origin, referer: `${ours}/` })).toBe(false);
  });
});

test('with no origins configured only the browser’s word for same-origin counts', () => {
  const request = { method: 'POST', secFetchSite: null, origin: 'null', referer: 'data:,x' };
  expect(mayHaveEffect(request, [])).toBe(false);
});

test('no combination of headers makes it throw or lets a foreign request through', () => {
  const header = fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl()), { nil: null });
  fc.assert(
    fc.property(header, header, header, (secFetchSite, origin, referer) => {
      const request = { method: 'POST', secFetchSite, origin, referer };
      fc.pre(secFetchSite !== 'same-origin' && secFetchSite !== 'none');
      expect(mayHaveEffect(request, origins)).toBe(false);
    }),
  );
});

test('requestOrigin reads what the guard needs from a web request', () => {
  const request = new Request(`${ours}/sign-out`, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin', origin: ours, referer: `${ours}/` },
  });
  expect(requestOrigin(request)).toEqual({
    method: 'POST',
    secFetchSite: 'same-origin',
    origin: ours,
    referer: `${ours}/`,
  });
  expect(requestOrigin(new Request(ours))).toEqual({
    method: 'GET',
    secFetchSite: null,
    origin: null,
    referer: null,
  });
});

test('two Sec-Fetch-Site headers arrive as several values, and are refused', () => {
  const headers = new Headers({ origin: ours });
  headers.append('sec-fetch-site', 'same-origin');
  headers.append('sec-fetch-site', 'same-origin');
  const request = new Request(`${ours}/sign-out`, { method: 'POST', headers });
  expect(mayHaveEffect(requestOrigin(request), origins)).toBe(false);
});

describe('judgeUnsafeRequest', () => {
  const verdictOf = (
    parts: Partial<RequestOrigin>,
    tokens?: 'fallback' | 'always',
  ): UnsafeVerdict => {
    const request = { method: 'POST', secFetchSite: null, origin: null, referer: null, ...parts };
    return judgeUnsafeRequest(request, { origins, ...(tokens === undefined ? {} : { tokens }) });
  };

  test.each<[Partial<RequestOrigin>, string]>([
    [{ secFetchSite: 'cross-site' }, 'cross-site'],
    [{ secFetchSite: 'cross-site', origin: evil }, 'cross-site'],
    [{ secFetchSite: 'same-site', origin: 'null' }, 'same-site'],
    [{ secFetchSite: 'same-site', referer: `${ours}/` }, 'same-site'],
    [{ secFetchSite: 'same-origin, none', origin: ours }, 'unknown-fetch-site'],
    [{ secFetchSite: '' }, 'unknown-fetch-site'],
    [{ origin: evil, referer: `${ours}/` }, 'foreign-origin'],
    [{ origin: 'null', referer: `${ours}/` }, 'opaque-origin'],
    [{ referer: `${evil}/` }, 'foreign-referer'],
    [{ referer: 'about:blank' }, 'foreign-referer'],
  ])('refuses %j: %s, whether tokens are asked or not', (parts, why) => {
    expect(verdictOf(parts)).toEqual({ kind: 'refused', why });
    expect(verdictOf(parts, 'always')).toEqual({ kind: 'refused', why });
  });

  test.each<Partial<RequestOrigin>>([
    { secFetchSite: 'same-origin' },
    { secFetchSite: 'none' },
    { origin: ours },
    { secFetchSite: 'cross-site', origin: 'https://login.kittens.example' },
    { referer: `${ours}/form` },
  ])('allows %j, and with tokens: always asks for one besides', (parts) => {
    expect(verdictOf(parts)).toEqual({ kind: 'allowed' });
    expect(verdictOf(parts, 'fallback')).toEqual({ kind: 'allowed' });
    expect(verdictOf(parts, 'always')).toEqual({ kind: 'token-needed' });
  });

  test('asks for a token where no header says who sent it', () => {
    expect(verdictOf({})).toEqual({ kind: 'token-needed' });
    expect(verdictOf({}, 'always')).toEqual({ kind: 'token-needed' });
  });

  test('never asks safe methods', () => {
    const parts = { method: 'GET', secFetchSite: 'cross-site' };
    expect(verdictOf(parts, 'always')).toEqual({ kind: 'allowed' });
  });
});
