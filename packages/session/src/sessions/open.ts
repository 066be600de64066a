import type { FormerCookies } from '../cookie/former.ts';
import { createCookieReader, readCookieValues, severalValues } from '../cookie/read.ts';
import type { OpenSession } from '../http-exchange.ts';
import type { MaybePromise } from '../platform.ts';
import { Session, type SessionActions, type SessionBacking } from '../session/session.ts';
import { createKnownIds, type KnownIds } from '../session-id/known-ids.ts';
import { parseSessionId, type SessionId, storeKey } from '../session-id/session-id.ts';
import type { Reading, StoreKey } from '../session-store.ts';
import { stageAll } from './answer-cookies.ts';
import { judge, report, type Setting } from './setting.ts';

/** How long a recorded use may lag behind: a use is written at most once in this time. */
const touchAfterMilliseconds = 60_000;
/** How many different session ids of one request are looked up; siblings can add as many as they like. */
const maxCandidates = 4;
/** How many cookies of the session's name are read. More than a browser keeps for a site. */
const maxCookies = 200;

/** What several cookies together opened. */
type Found =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly id: SessionId; readonly backing: SessionBacking }
  | { readonly kind: 'refused'; readonly why: 'too-many' | 'several-opened' };

/** What an opened session can do besides, and how it is saved. */
export interface FlowActions extends SessionActions {
  commit(session: Session): MaybePromise<readonly string[]>;
}

/** From a `Cookie` header to the session it opens. */
export class Opening {
  readonly #setting: Setting;
  readonly #actions: FlowActions;
  readonly #former: FormerCookies | null;
  readonly #readCookie: ReturnType<typeof createCookieReader>;
  readonly #knownIds: KnownIds = createKnownIds();

  constructor(setting: Setting, actions: FlowActions) {
    this.#setting = setting;
    this.#actions = actions;
    this.#former = setting.cookies.former;
    this.#readCookie = createCookieReader(setting.cookie.name);
  }

  /** Rejects with `store_unavailable`, never because of the header. */
  open(cookieHeader: string | undefined): MaybePromise<OpenSession> {
    if (cookieHeader === undefined) return this.#opened(null);
    if (this.#former !== null) return this.#openAmongScopes(cookieHeader, this.#former);
    const value = this.#readCookie(cookieHeader);
    if (value === null) return this.#opened(null);
    if (value === severalValues) return this.#openAmong(this.#valuesIn(cookieHeader));
    const known = this.#knownIds.keyOf(value);
    if (known !== undefined) return this.#openAt(value as SessionId, known);
    const id = parseSessionId(value);
    return id === null ? this.#opened(null) : this.#openAt(id, storeKey(id));
  }

  #openAt(id: SessionId, key: StoreKey): MaybePromise<OpenSession> {
    const reading = this.#setting.store.read(key);
    if (!(reading instanceof Promise)) return this.#openedAt(id, key, reading);
    return reading.then((late) => this.#openedAt(id, key, late));
  }

  #openedAt(id: SessionId, key: StoreKey, reading: Reading | null): Opened {
    const backing = this.#judgeAt(key, reading);
    if (backing !== null) this.#knownIds.note(id, key);
    return this.#openedWith(id, backing);
  }

  #judgeAt(key: StoreKey, reading: Reading | null): SessionBacking | null {
    const backing = judge(this.#setting, reading);
    return backing === null || backing.key === key ? backing : { ...backing, isMoved: true };
  }

  #valuesIn(header: string): readonly string[] {
    return readCookieValues(header, this.#setting.cookie.name, maxCookies);
  }

  async #openAmong(values: readonly string[]): Promise<OpenSession> {
    const found = await this.#find(values);
    if (found.kind === 'refused') return this.#refuseAll(found.why);
    if (found.kind === 'none') return this.#opened(null);
    report(this.#setting, 'cookie.duplicate', 'one-opened');
    return this.#openedWith(found.id, found.backing);
  }

  /** Several cookies for one session: never by order, for a sibling can put its own first (RFC 6265bis, 8.6). */
  async #find(values: readonly string[]): Promise<Found> {
    const ids = [...new Set(values)].map(parseSessionId).filter((id) => id !== null);
    // Not the first few: who fills the header with ids could so hide all but an own one.
    if (ids.length > maxCandidates || values.length >= maxCookies) {
      return { kind: 'refused', why: 'too-many' };
    }
    const all = await Promise.all(
      ids.map(async (id) => {
        const key = storeKey(id);
        return { id, backing: this.#judgeAt(key, await this.#setting.store.read(key)) };
      }),
    );
    const [only, other] = all.flatMap(({ id, backing }) =>
      backing === null ? [] : { id, backing },
    );
    if (only === undefined) return { kind: 'none' };
    return other === undefined
      ? { kind: 'one', ...only }
      : { kind: 'refused', why: 'several-opened' };
  }

  #openAmongScopes(header: string, former: FormerCookies): MaybePromise<OpenSession> {
    const values = this.#valuesIn(header);
    const older = former.valuesIn(header, maxCookies);
    if (values.length === 0 && older.length === 0) return this.#opened(null);
    return this.#settleScopes(values, older, former.clearLinesFor(header), former.namesakes);
  }

  /** The present cookie when it opens a session, else the former ones; then the former ones go. */
  async #settleScopes(
    values: readonly string[],
    older: readonly string[],
    brought: readonly string[],
    namesakes: readonly string[],
  ): Promise<OpenSession> {
    const present = await this.#find(values);
    const found = present.kind === 'none' ? await this.#find(older) : present;
    if (found.kind === 'refused') return this.#refuseAll(found.why);
    if (found.kind === 'none') return this.#opened(null);
    const { id, backing } = found;
    const stale = this.#mayBeNamesake(values, backing) ? [...brought, ...namesakes] : brought;
    const opened = this.#openedWith(id, backing);
    if (values.length > 1) report(this.#setting, 'cookie.duplicate', 'one-opened');
    if (found !== present) report(this.#setting, 'cookie.former', 'opened');
    stageAll(opened.session, stale);
    if (found !== present || stale.length > brought.length) opened.renew(id);
    return opened;
  }

  /**
   * Whether a former cookie of the present one's name may be there. Two of the name: certainly. One may be either, and
   * nothing tells them apart; so the answer is yes as often as a use is recorded, not at each request.
   */
  #mayBeNamesake(values: readonly string[], backing: SessionBacking): boolean {
    return values.length > 1 || (values.length === 1 && this.#isUseDue(backing));
  }

  #refuseAll(reason: string): OpenSession {
    report(this.#setting, 'cookie.duplicate', reason);
    const opened = this.#opened(null);
    this.#setting.cookies.clear(opened.session);
    return opened;
  }

  #opened(backing: SessionBacking | null): Opened {
    return new Opened(this.#setting, this.#actions, backing);
  }

  #openedWith(id: SessionId, backing: SessionBacking | null): Opened {
    const opened = this.#opened(backing);
    if (backing !== null && this.#isUseDue(backing)) this.#recordUse(opened, id, backing);
    return opened;
  }

  #isUseDue({ reading }: SessionBacking): boolean {
    return this.#setting.store.now() - reading.usedAt >= touchAfterMilliseconds;
  }

  #recordUse(opened: Opened, id: SessionId, { key, reading }: SessionBacking): void {
    const { store, platform, cookies } = this.#setting;
    const idleSeconds = reading.signIn?.idleSeconds ?? reading.session.idleSeconds;
    // Not waited for: a use that is not recorded shortens the idle time by a minute, no more.
    store.touch(key, idleSeconds).catch((cause: unknown) => {
      platform.onEvent({ type: 'store.unavailable', reason: 'touch', cause });
    });
    // The browser counts from the last time it was told.
    if (cookies.isRenewed(opened.session)) opened.renew(id);
  }
}

/** A cookie that is set again for a session that was there before. */
interface Renewal {
  readonly key: StoreKey;
  readonly line: string;
}

class Opened implements OpenSession {
  readonly session: Session;
  readonly #setting: Setting;
  readonly #actions: FlowActions;
  #renewed: Renewal | null = null;

  constructor(setting: Setting, actions: FlowActions, backing: SessionBacking | null) {
    this.#setting = setting;
    this.#actions = actions;
    this.session = new Session(actions, backing);
  }

  commit(): MaybePromise<readonly string[]> {
    const lines = this.#actions.commit(this.session);
    return this.#renewed === null ? lines : this.#withoutEnded(lines, this.#renewed);
  }

  /** Sets the cookie of the session that was there before, if it still is, and at that key, when the answer leaves. */
  renew(id: SessionId): void {
    const backing = this.session.backing();
    // A key that was rotated stands for another: the browser has that cookie, or gets it by another answer.
    if (backing === null || backing.key !== storeKey(id)) return;
    this.#renewed = { key: backing.key, line: this.#setting.cookies.set(this.session, id) };
  }

  /**
   * Leaves out the cookie of a session that ended or got a new id meanwhile: another request has set the cookie that
   * holds now, and this answer, coming later, would put the old one over it.
   */
  async #withoutEnded(
    lines: MaybePromise<readonly string[]>,
    { key, line }: Renewal,
  ): Promise<readonly string[]> {
    const all = await lines;
    if (!all.includes(line) || (await this.#isThere(key))) return all;
    return all.filter((one) => one !== line);
  }

  async #isThere(key: StoreKey): Promise<boolean> {
    try {
      return (await this.#setting.store.read(key))?.key === key;
    } catch {
      // No reason to fail a request: the cookie is set another time.
      return false;
    }
  }
}
