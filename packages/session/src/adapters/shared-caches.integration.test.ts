import { createServer } from 'node:http';
import { createFakeClock, createHttpVisitor, type HttpVisitor } from '@latchkey/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { listen } from '../../test/listen.ts';
import { sharedCaches } from '../../test/shared-cache.ts';
import { createMemoryStore } from '../store/memory.ts';
import { type SessionListener, sessions } from './node.ts';

const origin = 'http://app.kittens.localhost';
const minute = 61_000;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** By path, what an answer says of caches; those that begin with `/new` store something first. */
const pages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/app.css': { 'cache-control': 'public, max-age=3600' },
  '/logo.svg': { 'cache-control': 'max-age=3600, immutable' },
  '/new/basket': { 'cache-control': 'public, max-age=3600' },
  '/new/nginx': { 'x-accel-expires': '3600' },
  '/new/both': { 'cache-control': 'max-age=3600, private="x-own"', 'x-accel-expires': '3600' },
};

interface Running {
  readonly clock: ReturnType<typeof createFakeClock>;
  /** How often the app was asked for a path. */
  readonly asked: (path: string) => number;
  visitor(): HttpVisitor;
}

/** An app behind a cache: `/who` names whose session it is, and is no cache's. */
async function run(name: string): Promise<Running> {
  const clock = createFakeClock();
  const { now } = clock;
  const counts = new Map<string, number>();
  const respond: SessionListener = ({ url = '/', session }, response) => {
    counts.set(url, (counts.get(url) ?? 0) + 1);
    if (url.startsWith('/new')) session.data['seen'] = counts.get(url);
    for (const [field, value] of Object.entries(pages[url] ?? {})) response.setHeader(field, value);
    if (url === '/in') session.data['name'] = 'Ada';
    if (url === '/who') response.setHeader('cache-control', 'no-store');
    response.end(url === '/who' ? String(session.data['name'] ?? 'nobody') : 'page');
  };
  const serve = sessions({
    origin,
    store: createMemoryStore({ now }),
    platform: { now },
    cookie: { expireAfter: 86_400 },
  });
  const app = await listen(createServer(serve(respond)));
  closing.push(app.close);
  const cache = await sharedCaches[name]?.(app.port);
  if (cache === undefined) throw new Error(`There is no cache called ${name}.`);
  closing.push(cache.stop);
  return {
    clock,
    asked: (path) => counts.get(path) ?? 0,
    visitor: () => createHttpVisitor(cache.port, new URL(origin).host),
  };
}

describe.each(Object.keys(sharedCaches))('behind %s, CVE-2023-30861', (name) => {
  test('a kept answer renews nobody’s cookie, and the renewal waits for the next one', async () => {
    const { clock, asked, visitor } = await run(name);
    const ada = visitor();
    await ada.ask('/in');
    for (const path of ['/app.css', '/logo.svg']) {
      clock.advance(minute);
      expect((await ada.ask(path)).cookies).toEqual([]);
      const stranger = visitor();
      expect(await stranger.ask(path)).toMatchObject({ text: 'page', cookies: [] });
      // The cache answered: else this would show nothing.
      expect([path, asked(path)]).toEqual([path, 1]);
      expect((await stranger.ask('/who')).text).toBe('nobody');
      const { text, cookies } = await ada.ask('/who');
      expect([text, cookies.length]).toEqual(['Ada', 1]);
    }
  });

  test('an answer with a new cookie is kept for nobody else, whatever the app says', async () => {
    const { asked, visitor } = await run(name);
    for (const path of ['/new/basket', '/new/nginx', '/new/both']) {
      const [first, second] = [visitor(), visitor()];
      expect((await first.ask(path)).cookies).toHaveLength(1);
      expect((await second.ask(path)).cookies).toHaveLength(1);
      expect([path, asked(path)]).toEqual([path, 2]);
      expect(first.cookieHeader()).not.toBe(second.cookieHeader());
    }
  });
});
