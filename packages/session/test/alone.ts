import { randomBytes } from 'node:crypto';
import { createFakeClock, type FakeClock } from '@latchkey/testkit';
import { type AppAlone, type AppAloneOptions, createAppAlone } from '../src/app/app-alone.ts';
import type { OpenSession } from '../src/http/http-exchange.ts';
import type { LatchkeyEvent } from '../src/platform.ts';
import type { SessionObject } from '../src/session-object/session-object.ts';
import type { AppAccount, SessionStore } from '../src/session-store.ts';
import { createMemoryStore } from '../src/store/memory.ts';

export const ada: AppAccount = person('ada', 'Ada');
export const ben: AppAccount = person('ben', 'Ben');

/** As apps alone see them: without roles and groups. */
function person(id: string, name: string): AppAccount {
  return { id, email: `${id}@kittens.example`, name, roles: [], groups: [] };
}

/** An app alone on the memory store, and what a test asks of it. */
export interface Alone {
  readonly app: AppAlone;
  readonly store: SessionStore;
  readonly clock: FakeClock;
  readonly events: LatchkeyEvent[];
  browser(): Browser;
}

/** A browser that knows one cookie. */
export interface Browser {
  /** The `Cookie` header it sends. */
  header: string | undefined;
  /** The last `Set-Cookie` lines. */
  lines: readonly string[];
  /** A request that does `work` and is answered. */
  visit<T>(work: (session: SessionObject) => T | Promise<T>): Promise<T>;
  /** A request that is not answered yet. */
  open(): Promise<OpenSession>;
  /** Its answer. */
  answer(opened: OpenSession): Promise<void>;
}

export function alone(options: Partial<AppAloneOptions> = {}): Alone {
  const clock = createFakeClock();
  const events: LatchkeyEvent[] = [];
  const store = createMemoryStore({ now: clock.now });
  const app = createAppAlone({
    origin: 'https://shop.kittens.example',
    store,
    platform: { now: clock.now, randomBytes, onEvent: (event) => void events.push(event) },
    ...options,
  });
  return { app, store, clock, events, browser: () => browserOf(app) };
}

function browserOf(app: AppAlone): Browser {
  const browser: Browser = {
    header: undefined,
    lines: [],
    open: async () => app.open(browser.header),
    async answer(opened) {
      browser.lines = await opened.commit();
      const last = browser.lines.at(-1)?.split(';')[0];
      if (last === undefined) return;
      browser.header = last.endsWith('=') ? undefined : last;
    },
    async visit(work) {
      const opened = await browser.open();
      const result = await work(opened.session);
      await browser.answer(opened);
      return result;
    },
  };
  return browser;
}
