import {
  createFakeClock,
  createTestBrowser,
  type FakeClock,
  type TestBrowser,
  type TestBrowserOptions,
  type WebHandler,
} from '@latchkey/testkit';
import { latchkey, type SessionHandler } from '../src/adapters/web.ts';
import { type AppAlone, type AppAloneOptions, createAppAlone } from '../src/app/app-alone.ts';
import type { PeerHandshakeOptions } from '../src/peer-handshake/options.ts';
import type { LatchkeyEvent } from '../src/platform.ts';
import type { SessionStore } from '../src/session-store.ts';
import { createMemoryStore } from '../src/store/memory.ts';
import type { Seen } from './kitten-family.ts';

export const shop = 'https://shop.example';
export const toys = 'https://toys.example';
export const secret = 'the one secret that both of these peers have';

export const ada = {
  id: 'b5c2a1d0-0000-4000-8000-000000000001',
  email: 'ada@kittens.example',
  name: 'Ada',
};
export const ben = {
  id: 'b5c2a1d0-0000-4000-8000-000000000002',
  email: 'ben@kittens.example',
  name: 'Ben',
};

/** Two apps on two sites, with one store and no login host. */
export interface TwoPeers {
  readonly store: SessionStore;
  readonly clock: FakeClock;
  readonly apps: Readonly<Record<'shop' | 'toys', AppAlone>>;
  readonly events: LatchkeyEvent[];
  readonly handlers: Readonly<Record<string, WebHandler>>;
  browser(options?: TestBrowserOptions): TestBrowser;
  /** A browser that is signed in at the shop. */
  signedIn(person?: 'ada' | 'ben'): Promise<TestBrowser>;
}

/** What a test changes. */
export interface PeerChoices {
  readonly store?: SessionStore;
  readonly clock?: FakeClock;
  /** Between the apps and the store, to fail or to do things in between. */
  readonly wrapStore?: (store: SessionStore) => SessionStore;
  readonly shop?: Partial<PeerHandshakeOptions>;
  readonly toys?: Partial<PeerHandshakeOptions>;
  readonly options?: Partial<AppAloneOptions>;
}

interface Peer {
  readonly name: string;
  readonly origin: string;
}

export function createTwoPeers(choices: PeerChoices = {}): TwoPeers {
  const { clock = createFakeClock(), wrapStore = (store) => store } = choices;
  const store = choices.store ?? createMemoryStore({ now: clock.now });
  const events: LatchkeyEvent[] = [];
  const platform = { now: clock.now, onEvent: (event: LatchkeyEvent) => void events.push(event) };
  const make = (own: Peer, peer: Peer, more = {}): AppAlone =>
    createAppAlone({
      origin: own.origin,
      store: wrapStore(store),
      secrets: [secret],
      platform,
      handshake: { name: own.name, peers: { [peer.name]: { origin: peer.origin } }, ...more },
      ...choices.options,
    });
  const [shopPeer, toysPeer] = [
    { name: 'shop', origin: shop },
    { name: 'toys', origin: toys },
  ];
  const apps = {
    shop: make(shopPeer, toysPeer, choices.shop),
    toys: make(toysPeer, shopPeer, choices.toys),
  };
  const handlers = {
    'shop.example': latchkey(apps.shop)(pagesOf(apps.shop)),
    'toys.example': latchkey(apps.toys)(pagesOf(apps.toys)),
  };
  const browser = (options?: TestBrowserOptions): TestBrowser =>
    createTestBrowser(handlers, options);
  return {
    store,
    clock,
    apps,
    events,
    handlers,
    browser,
    async signedIn(person = 'ada') {
      const made = browser();
      await made.send(`${shop}/enter?as=${person}`);
      return made;
    },
  };
}

/** `/enter`, `/leave`, `/set`; `/link?to=` writes a decorated link, `/go?to=` sends there; every other page says who is there. */
function pagesOf(app: AppAlone): SessionHandler {
  return async (request, session) => {
    const url = new URL(request.url);
    const to = url.searchParams.get('to') ?? '';
    const sent = { session, url: request.url, headers: request.headers };
    const target = app.origin === shop ? 'toys' : 'shop';
    const name = url.searchParams.get('as');
    if (url.pathname === '/enter') await session.signIn(name === 'ben' ? ben : ada);
    if (url.pathname === '/leave') await session.signOut();
    if (url.pathname === '/set') session.data['cart'] = 'apple';
    if (url.pathname === '/link') return new Response(app.handshake.link(sent, to));
    if (url.pathname === '/parameter') return new Response(app.handshake.parameter(sent, target));
    if (url.pathname === '/go') {
      app.handshake.propagate(sent, target);
      return new Response(null, { status: 302, headers: { location: to } });
    }
    const { account, access, data } = session;
    return Response.json({ name: account?.name ?? null, access, data } satisfies Seen);
  };
}

/** A link to the toys as the shop writes it for this browser. */
export async function linkFrom(
  browser: TestBrowser,
  to: string = `${toys}/cart?item=1`,
): Promise<string> {
  const { text } = await browser.visit(`${shop}/link?to=${encodeURIComponent(to)}`);
  return text;
}

/** Follows a decorated link up to the arrival: its URL, with token and state, not yet asked for. */
export async function catchPeerArrival(browser: TestBrowser, link: string): Promise<URL> {
  const hop = await browser.send(link);
  const answer = await browser.send(hop.headers.get('location') ?? '');
  return new URL(answer.headers.get('location') ?? '');
}
