import { describe, expect, test } from 'vitest';
import type { LatchkeyEvent } from '../platform.ts';
import { createMemoryStore } from '../store/memory.ts';
import { type AppAloneOptions, createAppAlone } from './app-alone.ts';

const shop: AppAloneOptions = { origin: 'https://shop.kittens.example', store: 'memory:' };

/** Options as an app in plain JavaScript may give them. */
function create(parts: Record<string, unknown>): unknown {
  return createAppAlone({ ...shop, ...parts } as unknown as AppAloneOptions);
}

test.each([
  ['an unknown option', { colour: 'red' }, 'colour'],
  ['a misspelt one', { idleSecond: 1 }, 'idleSecond'],
  ['a misspelt one of the cookie', { cookie: { name: 'sid' } }, 'name'],
  ['no origin', { origin: undefined }, 'origin'],
  ['an origin with a path', { origin: 'https://shop.kittens.example/' }, 'origin'],
  ['an origin in capitals', { origin: 'https://Shop.kittens.example' }, 'origin'],
  ['an origin of another kind', { origin: 'ftp://shop.kittens.example' }, 'origin'],
  ['no store', { store: undefined }, 'store'],
  ['a store that is none', { store: {} }, 'store'],
  ['idle seconds of 0', { idleSeconds: 0 }, 'idleSeconds'],
  ['a fraction', { absoluteSeconds: 0.5 }, 'absoluteSeconds'],
  ['not a number', { absoluteSeconds: Number.NaN }, 'absoluteSeconds'],
  ['tldLength of 0', { cookie: { domain: 'all', tldLength: 0 } }, 'tldLength'],
])('%s is refused, and the message says which', (_what, parts, word) => {
  expect(() => create(parts)).toThrow(
    expect.objectContaining({ code: 'option_invalid', message: expect.stringContaining(word) }),
  );
});

test.each([
  [{ cookie: { key: 'bad name' } }, 'cookie_name_refused'],
  [{ cookie: { key: '__Host-sid' } }, 'cookie_name_refused'],
  [{ cookie: { domain: 'example' } }, 'cookie_domain_refused'],
  [{ cookie: { domain: 'puppies.example' } }, 'cookie_domain_refused'],
  [{ store: 'ftp://store.example' }, 'store_url_unknown'],
])('%j is refused with %s', (parts, code) => {
  expect(() => create(parts)).toThrow(expect.objectContaining({ code }));
});

describe('an app alone', () => {
  test('has a cookie of its host alone unless told otherwise', async () => {
    const lineOf = async (cookie: AppAloneOptions['cookie'] = {}): Promise<string> => {
      const app = createAppAlone({ ...shop, store: createMemoryStore(), cookie });
      const opened = await app.open(undefined);
      opened.session.data['n'] = 1;
      return (await opened.commit()).join('\n');
    };
    expect(await lineOf()).toMatch(/^__Host-latchkey_session=\S+; Path=\/; HttpOnly; Secure;/);
    expect(await lineOf({ key: 'sid', domain: 'all' })).toMatch(
      /^__Secure-sid=\S+; Domain=kittens\.example; Path=\//,
    );
    expect(await lineOf({ key: 'sid', prefix: 'none' })).toMatch(/^sid=/);
  });

  test('shares its sessions with apps of the same cookie domain, and with nobody else', async () => {
    const store = createMemoryStore();
    const cookie = { domain: 'all' };
    const at = (host: string, parts: Partial<AppAloneOptions> = { cookie }) =>
      createAppAlone({ store, origin: `https://${host}`, ...parts });
    const opened = await at('shop.kittens.example').open(undefined);
    opened.session.data['n'] = 1;
    const [line = ''] = await opened.commit();
    const [pair = ''] = line.split(';');
    const dataAt = async (app: ReturnType<typeof at>, header: string): Promise<unknown> => ({
      ...(await app.open(header)).session.data,
    });
    expect(await dataAt(at('blog.kittens.example'), pair)).toEqual({ n: 1 });
    expect(await dataAt(at('blog.puppies.example'), pair)).toEqual({});
    const alone = pair.replace('__Secure-', '__Host-');
    expect(await dataAt(at('shop.kittens.example', {}), alone)).toEqual({});
  });

  test('tells the operator of outages, and the visitor nothing of their cause', async () => {
    const events: LatchkeyEvent[] = [];
    const app = createAppAlone({ ...shop, platform: { onEvent: (event) => events.push(event) } });
    const cause = new Error('redis://:secret@10.0.0.5 refused');
    const page = app.unavailable(cause);
    expect(page.status).toBe(503);
    expect(await page.text()).not.toContain('secret');
    expect(events).toEqual([{ type: 'store.unavailable', reason: 'request', cause }]);
  });
});

test('platform.now is the clock of a store that is named by a URL', async () => {
  let now = Date.UTC(2026, 0, 1);
  const platform = { now: () => now };
  const app = createAppAlone({ ...shop, store: 'memory:', idleSeconds: 60, platform });
  const opened = await app.open(undefined);
  opened.session.data['n'] = 1;
  const [cookie = ''] = (await opened.commit()).map((line) => line.split(';')[0]);
  expect((await app.open(cookie)).session.data['n']).toBe(1);
  now += 60_000;
  expect((await app.open(cookie)).session.data['n']).toBe(undefined);
});
