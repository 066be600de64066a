import type { FormerCookies } from '../cookie/former.ts';
import { createCookieReader, readCookieValues, severalValues } from '../cookie/read.ts';
import type { EventReasons } from '../event-reasons.ts';
import type { AnswerHead, OpenSession } from '../http/http-exchange.ts';
import type { MaybePromise } from '../platform.ts';
import { createKnownIds, type KnownIds } from '../session-id/known-ids.ts';
import { parseSessionId, type SessionId, storeKey } from '../session-id/session-id.ts';
import {
  type SessionActions,
  type SessionBacking,
  SessionObject,
  type UnopenedIds,
} from '../session-object/session-object.ts';
import type { Reading, StoreKey } from '../session-store.ts';
import { stageAll } from './answer-cookies.ts';
import { judge, report, type SessionsConfig } from './sessions-config.ts';

/** How long a recorded use may lag behind: a use is written at most once in this time. */
const touchAfterMilliseconds = 60_000;
/** How many different session ids of one request are looked up; siblings can add as many as they like. */
const maxCandidates = 4;
/** How many cookies of the session's name are read. More than a browser keeps for a site. */
const maxCookies = 200;

/** What several cookies together opened. */
type Found =
  | { readonly kind: 'none'; readonly keys: readonly StoreKey[] }
  | { readonly kind: 'one'; readonly id: SessionId; readonly backing: SessionBacking }
  | { readonly kind: 'refused'; readonly why: 'too-many' | 'several-opened' };

/** What one of them opened, and the store keys at which nothing is stored. */
interface LookedUp {
  readonly id: SessionId;
  readonly backing: SessionBacking | null;
  readonly unopened: readonly StoreKey[];
}

/** What an opened session can do besides, and how it is saved. */
export interface FlowActions extends SessionActions {
  commit(session: SessionObject): MaybePromise<readonly string[]>;
}

/** From a `Cookie` header to the session it opens. */
export class Opening {
  readonly #config: SessionsConfig;
  readonly #actions: FlowActions;
  readonly #former: FormerCookies | null;
  readonly #readCookie: ReturnType<typeof createCookieReader>;
  readonly #knownIds: KnownIds = createKnownIds();

  constructor(config: SessionsConfig, actions: FlowActions) {
    this.#config = config;
    this.#actions = actions;
    this.#former = config.cookies.former;
    this.#readCookie = createCookieReader(config.cookie.name);
  }

  /** Rejects with `store_unavailable`, never because of the header. */
  open(cookieHeader: string | undefined): MaybePromise<OpenSession> {
    if (cookieHeader === undefined) return this.#opened(null);
    if (this.#former !== null) return this.#openAmongScopes(cookieHeader, this.#former);
    const value = this.#readCookie(cookieHeader);
    if (value === null) return this.#opened(null);
    if (value === severalValues) return this.#openAmong(this.#valuesIn(cookieHeader));
    const known = this.#knownIds.keyOf(value);
    if (known !== undefined) return this.#openKnown(value as SessionId, known);
    const id = parseSessionId(value);
    if (id === null) return this.#opened(null);
    const { present, former } = this.#config.realm;
    return former.length > 0 ? this.#openAmong([value]) : this.#openAt(id, storeKey(present, id));
  }

  #openAt(id: SessionId, key: StoreKey): MaybePromise<OpenSession> {
    const reading = this.#config.store.read(key);
    if (reading instanceof Promise) return this.#openLater(id, key, reading);
    return this.#openedBy(id, reading) ?? this.#nothingAt(key, reading, this.#config.store.now());
  }

  /** The way of most requests: nothing is left to note, and what memory answers makes no more than the session. */
  #openKnown(id: SessionId, key: StoreKey): MaybePromise<OpenSession> {
    const reading = this.#config.store.read(key);
    if (reading instanceof Promise) return this.#openLater(id, key, reading);
    const backing = judge(this.#config, reading);
    if (backing !== null) return this.#openedWith(id, backing);
    return this.#nothingAt(key, reading, this.#config.store.now());
  }

  /** Apart, as in {@link openNoting}: a method that may make a function makes an object for it at each call. */
  #openLater(id: SessionId, key: StoreKey, reading: Promise<Reading | null>): Promise<OpenSession> {
    const began = this.#config.store.now();
    return reading.then((late) => this.#openedBy(id, late) ?? this.#nothingAt(key, late, began));
  }

  #openedBy(id: SessionId, reading: Reading | null): Opened | null {
    const backing = judge(this.#config, reading);
    if (backing === null) return null;
    this.#knownIds.note(id, backing.key);
    return this.#openedWith(id, backing);
  }

  /** `began`: when the request did, by the store's clock. */
  #nothingAt(key: StoreKey, reading: Reading | null, began: number): Opened {
    // One that opens something in another app is not retired.
    return this.#unopened(reading === null ? [key] : [], began);
  }

  /** What an id opens, in the present realm or else in a former one; and the keys where nothing is. */
  async #lookUp(id: SessionId): Promise<LookedUp> {
    const { store, realm } = this.#config;
    const unopened: StoreKey[] = [];
    for (const one of [realm.present, ...realm.former]) {
      const key = storeKey(one, id);
      const reading = await store.read(key);
      const backing = judge(this.#config, reading);
      // One that opens something in another app is not retired.
      if (reading === null) unopened.push(key);
      if (backing === null) continue;
      this.#knownIds.note(id, key);
      return { id, backing, unopened };
    }
    return { id, backing: null, unopened };
  }

  #unopened(keys: readonly StoreKey[], began: number): Opened {
    return this.#opened(null, keys.length === 0 ? null : { keys, began });
  }

  #valuesIn(header: string): readonly string[] {
    return readCookieValues(header, this.#config.cookie.name, maxCookies);
  }

  async #openAmong(values: readonly string[]): Promise<OpenSession> {
    const began = this.#config.store.now();
    const found = await this.#find(values);
    if (found.kind === 'refused') return this.#refuseAll(found.why);
    if (found.kind === 'none') return this.#unopened(found.keys, began);
    if (values.length > 1) report(this.#config, { type: 'cookie.duplicate', reason: 'one-opened' });
    return this.#openedWith(found.id, found.backing);
  }

  /** Several cookies for one session: never by order, for a sibling can put its own first (RFC 6265bis, 8.6). */
  async #find(values: readonly string[]): Promise<Found> {
    const ids = [...new Set(values)].map(parseSessionId).filter((id) => id !== null);
    // Not the first few: who fills the header with ids could so hide all but an own one.
    if (ids.length > maxCandidates || values.length >= maxCookies) {
      return { kind: 'refused', why: 'too-many' };
    }
    const all = await Promise.all(ids.map((id) => this.#lookUp(id)));
    const [only, other] = all.flatMap(({ id, backing }) =>
      backing === null ? [] : { id, backing },
    );
    if (only === undefined) {
      return { kind: 'none', keys: all.flatMap(({ unopened }) => unopened) };
    }
    return other === undefined
      ? { kind: 'one', ...only }
      : { kind: 'refused', why: 'several-opened' };
  }

  #openAmongScopes(header: string, former: FormerCookies): MaybePromise<OpenSession> {
    const values = this.#valuesIn(header);
    const older = former.valuesIn(header, maxCookies);
    if (values.length === 0 && older.length === 0) return this.#opened(null);
    const brought = { values, older, clearLines: former.clearLinesFor(header) };
    return this.#settleScopes(brought, former.namesakes);
  }

  /** The present cookie when it opens a session, else the former ones; then the former ones go. */
  async #settleScopes(
    {
      values,
      older,
      clearLines,
    }: Readonly<Record<'values' | 'older' | 'clearLines', readonly string[]>>,
    namesakes: readonly string[],
  ): Promise<OpenSession> {
    const began = this.#config.store.now();
    const present = await this.#find(values);
    const found = present.kind === 'none' ? await this.#find(older) : present;
    if (found.kind === 'refused') return this.#refuseAll(found.why);
    if (found.kind === 'none') {
      const keys = present.kind === 'none' ? [...present.keys, ...found.keys] : found.keys;
      return this.#unopened(keys, began);
    }
    const { id, backing } = found;
    const stale = this.#mayBeNamesake(values, backing) ? [...clearLines, ...namesakes] : clearLines;
    const opened = this.#openedWith(id, backing);
    if (values.length > 1) report(this.#config, { type: 'cookie.duplicate', reason: 'one-opened' });
    if (found !== present) report(this.#config, { type: 'cookie.former', reason: 'opened' });
    stageAll(opened.session, stale);
    if (found !== present || stale.length > clearLines.length) opened.renew(id, 'move');
    return opened;
  }

  /**
   * Whether a former cookie of the present one's name may be there. Two of the name: certainly. One may be either, and
   * nothing tells them apart; so the answer is yes as often as a use is recorded, not at each request.
   */
  #mayBeNamesake(values: readonly string[], backing: SessionBacking): boolean {
    return values.length > 1 || (values.length === 1 && this.#isUseDue(backing));
  }

  #refuseAll(reason: EventReasons['cookie.duplicate']): OpenSession {
    report(this.#config, { type: 'cookie.duplicate', reason });
    const opened = this.#opened(null);
    this.#config.cookies.clear(opened.session);
    return opened;
  }

  #opened(backing: SessionBacking | null, unopened: UnopenedIds | null = null): Opened {
    const session = new SessionObject(this.#actions, backing, unopened);
    return new Opened(this.#config, this.#actions, session);
  }

  #openedWith(id: SessionId, backing: SessionBacking): Opened {
    const opened = this.#opened(backing);
    if (this.#isUseDue(backing)) this.#noteUse(opened, id, backing);
    return opened;
  }

  #isUseDue({ reading }: SessionBacking): boolean {
    return this.#config.store.now() - reading.usedAt >= touchAfterMilliseconds;
  }

  /**
   * A use is recorded now, or, where the browser must be told as well, with the answer that does so: until then both stay
   * due, in whatever process. Only what would idle out meanwhile does not wait.
   */
  #noteUse(opened: Opened, id: SessionId, backing: SessionBacking): void {
    const { cookies, store } = this.#config;
    const isRenewed = cookies.isRenewed(opened.session) && opened.renew(id, 'use');
    const unusedMilliseconds = store.now() - backing.reading.usedAt;
    const mayWait = isRenewed && unusedMilliseconds < idleSecondsOf(backing) * 500;
    if (!mayWait) recordUse(this.#config, backing);
  }
}

function idleSecondsOf({ reading }: SessionBacking): number {
  return reading.signIn?.idleSeconds ?? reading.session.idleSeconds;
}

/** Not waited for: a use that is not recorded shortens the idle time by a minute, no more. */
function recordUse({ store, platform }: SessionsConfig, backing: SessionBacking): void {
  store.touch(backing.key, idleSecondsOf(backing)).catch((cause: unknown) => {
    platform.onEvent({ type: 'store.unavailable', reason: 'touch', cause });
  });
}

/** Why a cookie is set again for a session that was there before: it is in use, or it came in a former cookie. */
type RenewalCause = 'use' | 'move';

/** A cookie that is set again, at the key where its session was. */
interface Renewal {
  readonly id: SessionId;
  readonly key: StoreKey;
  readonly cause: RenewalCause;
}

class Opened implements OpenSession {
  readonly session: SessionObject;
  readonly #config: SessionsConfig;
  readonly #actions: FlowActions;
  #renewal: Renewal | null = null;

  constructor(config: SessionsConfig, actions: FlowActions, session: SessionObject) {
    this.#config = config;
    this.#actions = actions;
    this.session = session;
  }

  commit(head?: AnswerHead): MaybePromise<readonly string[]> {
    const renewal = this.#renewal;
    const isPutOff = renewal?.cause === 'use' && head?.invitesCaches() === true;
    if (renewal === null || isPutOff) return this.#actions.commit(this.session);
    return this.#commitRenewed(renewal);
  }

  /** Sets the cookie of the session that was there before when the answer leaves. False where that is not to be. */
  renew(id: SessionId, cause: RenewalCause): boolean {
    const backing = this.session.backing();
    if (backing === null) return false;
    this.#renewal = { id, key: backing.key, cause };
    this.session.holdAnswer();
    return true;
  }

  async #commitRenewed({ id, key }: Renewal): Promise<readonly string[]> {
    const lines = await this.#actions.commit(this.session);
    if (!(await this.#isThere(key))) return lines;
    const backing = this.session.backing();
    if (backing !== null) recordUse(this.#config, backing);
    this.#renewal = null;
    this.#config.cookies.set(this.session, id);
    return [...lines, ...this.session.takeCookies()];
  }

  /**
   * Whether the session did not end or get a new id meanwhile: then this answer, coming later than the one with the cookie that
   * holds now, would put the old one over it.
   */
  async #isThere(key: StoreKey): Promise<boolean> {
    if (this.session.backing()?.key !== key) return false;
    try {
      return (await this.#config.store.read(key)) !== null;
    } catch {
      // No reason to fail a request: the cookie is set another time.
      return false;
    }
  }
}
