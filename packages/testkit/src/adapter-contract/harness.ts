import {
  type AppAloneOptions,
  type AppHandler,
  createAppAlone,
  createFamilyApp,
  defineFamily,
  type LatchkeyEvent,
} from '@latchkey/session';
import { type Closable, deriveAppKey, type Slot } from '@latchkey/session/parts';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { createFakeClock, type FakeClock } from '../fake-clock.ts';
import { createSmallLoginHost, type SmallLoginHost } from '../small-login-host.ts';
import { type BreakableStore, createBreakableStore } from './breakable-store.ts';
import { createHttpVisitor, type HttpVisitor } from './http-visitor.ts';

/** The origin of the app under test. Its server listens elsewhere; visitors name this host. */
export const contractOrigin = 'https://app.kittens.example';
const loginOrigin = 'https://login.kittens.example';
const secret = 'the family secret of the adapter contract';

/** A server that listens on 127.0.0.1. */
export interface ListeningServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A framework adapter, with an app on it that has the pages of `pages.md`. */
export interface AdapterUnderTest {
  /** Starts the app with this handler, on a port that the system chooses. */
  start(handler: AppHandler): Promise<ListeningServer>;
  /** What the adapter's `latchkey(…)` makes of an app handler. */
  make(handler: AppHandler): Closable;
  /** The ways in which the framework lets an app set cookies: what stands behind `/cookies/`. */
  readonly cookieForms: readonly string[];
  /** The ways in which the framework lets an answer's own argument touch the session: what stands behind `/late/`. */
  readonly lateForms: readonly string[];
}

/** An app that is running, and what is around it. */
export interface RunningApp {
  readonly store: BreakableStore;
  readonly events: readonly LatchkeyEvent[];
  readonly port: number;
  /** Somebody new, without cookies. */
  visitor(): HttpVisitor;
}

/** A running app outside any family. */
export interface RunningAppAlone extends RunningApp {
  /** The clock of the app and of its store. */
  readonly clock: FakeClock;
}

/** A running app of a family. */
export interface RunningFamilyApp extends RunningApp {
  readonly loginHost: SmallLoginHost;
  /** Goes through a whole handshake; ends signed in where the sign-in names the app. */
  signIn(visitor: HttpVisitor, slot: Slot, path?: string): Promise<string>;
}

/** What a case is given. */
export interface AdapterBench {
  readonly adapter: AdapterUnderTest;
  /** Starts the app outside any family. */
  alone(options?: Pick<AppAloneOptions, 'cookie'>): Promise<RunningAppAlone>;
  /** Starts the app as `app` of a family, reach `handshake`. */
  family(): Promise<RunningFamilyApp>;
}

/** One promise that an adapter must keep. Rejects where it does not. */
export interface AdapterCase {
  readonly name: string;
  run(adapter: AdapterUnderTest): Promise<void>;
}

/** Makes a case of the contract; it runs twice, over a store that answers at once and over one that does not. */
export function adapterCase(
  name: string,
  check: (bench: AdapterBench) => Promise<void>,
): readonly AdapterCase[] {
  return [false, true].map((isSlow) => ({
    name: `${name}${isSlow ? ' (slow store)' : ''}`,
    async run(adapter) {
      const servers: ListeningServer[] = [];
      const start = async (handler: AppHandler): Promise<ListeningServer> => {
        const server = await adapter.start(handler);
        servers.push(server);
        return server;
      };
      try {
        await check({
          adapter,
          alone: (options) => startAlone(start, isSlow, options),
          family: () => startFamily(start, isSlow),
        });
      } finally {
        for (const server of servers) await server.close();
      }
    },
  }));
}

type Start = (handler: AppHandler) => Promise<ListeningServer>;

async function startAlone(
  start: Start,
  isSlow: boolean,
  options: Pick<AppAloneOptions, 'cookie'> = {},
): Promise<RunningAppAlone> {
  const clock = createFakeClock();
  const { now } = clock;
  const store = createBreakableStore(createMemoryStore({ now }), isSlow);
  const events: LatchkeyEvent[] = [];
  const platform = { now, onEvent: (event: LatchkeyEvent) => void events.push(event) };
  const handler = createAppAlone({ ...options, origin: contractOrigin, store, platform });
  const { port } = await start(handler);
  return { store, events, port, clock, visitor: () => visitorAt(port) };
}

async function startFamily(start: Start, isSlow: boolean): Promise<RunningFamilyApp> {
  const store = createBreakableStore(createMemoryStore(), isSlow);
  const events: LatchkeyEvent[] = [];
  const family = defineFamily({
    name: 'Kittens',
    loginHost: loginOrigin,
    store,
    apps: { app: { origin: contractOrigin } },
  });
  const loginHost = createSmallLoginHost({ family, store, secret });
  const onEvent = (event: LatchkeyEvent): void => void events.push(event);
  const platform = { onEvent, fetch: loginHost.fetch };
  const appKey = deriveAppKey(secret, 'app');
  const { port } = await start(createFamilyApp({ family, app: 'app', appKey, platform }));
  return {
    store,
    events,
    port,
    loginHost,
    visitor: () => visitorAt(port),
    signIn: signingInAt(loginHost),
  };
}

function visitorAt(port: number): HttpVisitor {
  return createHttpVisitor(port, new URL(contractOrigin).host);
}

/** App, login host, app: answers with where the person ends. */
function signingInAt(loginHost: SmallLoginHost): RunningFamilyApp['signIn'] {
  return async (visitor, slot, path = '/sign-in') => {
    const hop = await visitor.ask(path);
    const [cookie = ''] = loginHost.cookieLine(slot).split(';');
    const url = hop.headers.location ?? '';
    const back = await loginHost.handler(new Request(url, { headers: { cookie } }));
    const arrival = (back.headers.get('location') ?? '').replace(contractOrigin, '');
    const answer = await visitor.ask(arrival);
    return answer.headers.location ?? '';
  };
}
