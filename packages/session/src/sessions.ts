import { createFormerCookies, type FormerCookies } from './cookie/former.ts';
import { readCookieValues } from './cookie/read.ts';
import { type CookieScope, clearCookieLine, setCookieLine } from './cookie/serialize.ts';
import { hasCode, LatchkeyError } from './errors.ts';
import type { OpenSession } from './http-exchange.ts';
import type { MaybePromise, Platform } from './platform.ts';
import {
  applyChanges,
  type Changes,
  findChanges,
  noChanges,
  parseData,
} from './session/changes.ts';
import {
  Session,
  type SessionAccess,
  type SessionActions,
  type SessionBacking,
} from './session/session.ts';
import {
  createSessionId,
  createSlot,
  parseSessionId,
  type SessionId,
  storeKey,
} from './session-id/session-id.ts';
import {
  type EndCause,
  type OneTimeUse,
  type Reading,
  type SessionRecord,
  type SessionStore,
  type Slot,
  type StoreKey,
  slotOf,
} from './session-store.ts';

/** What {@link createSessions} needs; all of it checked by `options.ts` or the family config. */
export interface SessionsOptions {
  readonly store: SessionStore;
  readonly cookie: CookieScope;
  /** What records are marked with: an app's name or the shared cookie domain. A record of another scope opens nothing. */
  readonly scopeName: string;
  /** What this very app or cookie domain used before, newest first. Default none. */
  readonly former?: FormerScopes;
  /** The app whose grant a sign-in must name, or null where no grant is asked (the login host, an app alone). */
  readonly app: string | null;
  /** For anonymous sessions; signed-in ones follow their sign-in. */
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  readonly platform: Platform;
  /** Ends a sign-in everywhere. Default: in the store alone. */
  readonly endSignIn?: (slot: Slot, cause: EndCause) => Promise<void>;
}

/** Cookies and scope names that were in use before the present ones. */
export interface FormerScopes {
  /** Read where no present cookie opens a session, by validity; cleared once one is open, at sign-in and at sign-out. */
  readonly cookies: readonly CookieScope[];
  /** Records marked with these open sessions as those of the present scope do. */
  readonly scopeNames: readonly string[];
}

/** Sessions of one cookie scope: cookie header -> session id -> record and sign-in -> session, and back. */
export interface Sessions {
  /** Opens what a `Cookie` header brings. Rejects with `store_unavailable`, never because of the header. */
  open(cookieHeader: string | undefined): MaybePromise<OpenSession>;
  /**
   * Hangs the session off the sign-in of `slot`: new session id, anonymous data carried over, data of another sign-in
   * dropped. A session that already hangs off it is kept; `once` is taken all the same. Answers `used` or `ended` without
   * touching the session that was there.
   */
  signIn(session: Session, slot: Slot, once?: OneTimeUse): Promise<'signed-in' | 'used' | 'ended'>;
  /** The `Set-Cookie` line that makes the browser drop the session cookie. */
  readonly clearLine: string;
  /** The same for the session cookie and every former one, for a sign-out. */
  readonly clearLines: readonly string[];
}

/** How long a recorded use may lag behind: a use is written at most once in this time. */
const touchAfterMilliseconds = 60_000;
/** How many different session ids of one request are looked up; siblings can add as many as they like. */
const maxCandidates = 4;
/** How many cookies of the session's name are read. More than a browser keeps for a site. */
const maxCookies = 200;
/** How often a write is merged and tried again while others write to the same session. */
const maxAttempts = 100;

/** What several cookies together opened. */
type Found =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly id: SessionId; readonly backing: SessionBacking }
  | { readonly kind: 'refused'; readonly why: 'too-many' | 'several-opened' };

/** The flow of a request, whole: open, hand over, save. */
export function createSessions(options: SessionsOptions): Sessions {
  return new SessionFlow(options);
}

class SessionFlow implements Sessions, SessionActions {
  readonly clearLine: string;
  readonly clearLines: readonly string[];
  readonly #options: SessionsOptions;
  readonly #store: SessionStore;
  readonly #former: FormerCookies | null;
  readonly #formerScopeNames: readonly string[];

  constructor(options: SessionsOptions) {
    const { cookie, former } = options;
    this.#options = options;
    this.#store = options.store;
    this.#former = createFormerCookies(cookie, former?.cookies ?? []);
    this.#formerScopeNames = former?.scopeNames ?? [];
    this.clearLine = clearCookieLine(cookie);
    this.clearLines = [this.clearLine, ...(this.#former?.clearLines ?? [])];
  }

  open(cookieHeader: string | undefined): MaybePromise<OpenSession> {
    if (cookieHeader === undefined) return new Opened(this, null);
    const values = readCookieValues(cookieHeader, this.#options.cookie.name, maxCookies);
    if (this.#former !== null) return this.#openAmongScopes(values, cookieHeader, this.#former);
    const [first, second] = values;
    if (first === undefined) return new Opened(this, null);
    if (second !== undefined) return this.#openAmong(values);
    const id = parseSessionId(first);
    if (id === null) return new Opened(this, null);
    const key = storeKey(id);
    const reading = this.#store.read(key);
    if (reading instanceof Promise) {
      return reading.then((late) => this.#openedWith(id, this.#judge(key, late)));
    }
    return this.#openedWith(id, this.#judge(key, reading));
  }

  async #openAmong(values: readonly string[]): Promise<OpenSession> {
    const found = await this.#find(values);
    if (found.kind === 'refused') return this.#refuseAll(found.why);
    if (found.kind === 'none') return new Opened(this, null);
    this.#event('cookie.duplicate', 'one-opened');
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
        return { id, backing: this.#judge(key, await this.#store.read(key)) };
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

  #openAmongScopes(
    values: readonly string[],
    header: string,
    former: FormerCookies,
  ): MaybePromise<OpenSession> {
    const older = former.valuesIn(header, maxCookies);
    if (values.length === 0 && older.length === 0) return new Opened(this, null);
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
    if (found.kind === 'none') return new Opened(this, null);
    const { id, backing } = found;
    const stale = this.#mayBeNamesake(values, backing) ? [...brought, ...namesakes] : brought;
    const opened = this.#openedWith(id, backing);
    if (values.length > 1) this.#event('cookie.duplicate', 'one-opened');
    if (found !== present) this.#event('cookie.former', 'opened');
    this.#stageAll(opened.session, stale);
    if (found !== present || stale.length > brought.length) this.#renewCookie(opened, id, backing);
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
    this.#event('cookie.duplicate', reason);
    const opened = new Opened(this, null);
    this.#clearCookies(opened.session);
    return opened;
  }

  #openedWith(id: SessionId, backing: SessionBacking | null): Opened {
    const opened = new Opened(this, backing);
    if (backing !== null && this.#isUseDue(backing)) this.#recordUse(opened, id, backing);
    return opened;
  }

  #judge(key: StoreKey, reading: Reading | null): SessionBacking | null {
    if (reading === null) return null;
    const { scope } = reading.session;
    if (scope !== this.#options.scopeName && !this.#formerScopeNames.includes(scope)) return null;
    return { key, reading, access: this.#accessOf(reading) };
  }

  #accessOf({ signIn }: Reading): SessionAccess {
    if (signIn === null) return 'none';
    const { app } = this.#options;
    if (app === null) return 'granted';
    if (!Object.hasOwn(signIn.apps, app)) return 'denied';
    const until = signIn.apps[app];
    return until === null || (until !== undefined && until > this.#store.now())
      ? 'granted'
      : 'denied';
  }

  #isUseDue({ reading }: SessionBacking): boolean {
    return this.#store.now() - reading.usedAt >= touchAfterMilliseconds;
  }

  #recordUse(opened: Opened, id: SessionId, backing: SessionBacking): void {
    const { key, reading } = backing;
    const idleSeconds = reading.signIn?.idleSeconds ?? reading.session.idleSeconds;
    // Not waited for: a use that is not recorded shortens the idle time by a minute, no more.
    this.#store.touch(key, idleSeconds).catch((cause: unknown) => {
      this.#options.platform.onEvent({ type: 'store.unavailable', reason: 'touch', cause });
    });
    // The browser counts from the last time it was told.
    if (this.#options.cookie.expireAfter !== undefined) this.#renewCookie(opened, id, backing);
  }

  signIn(session: Session, slot: Slot, once?: OneTimeUse): Promise<'signed-in' | 'used' | 'ended'> {
    return session.inTurn(() => this.#signIn(session, slot, once));
  }

  async #signIn(
    session: Session,
    slot: Slot,
    once: OneTimeUse | undefined,
  ): Promise<'signed-in' | 'used' | 'ended'> {
    const before = session.backing();
    if (before?.reading.session.signedIn && slotOf(before.key) === slot) {
      if (once === undefined) return 'signed-in';
      const taken = await this.#store.takeOnce(slot, once);
      return taken === 'taken' ? 'signed-in' : taken;
    }
    const isSwitch = before?.reading.session.signedIn === true;
    const anonymous = isSwitch ? null : before;
    const saved = (isSwitch ? null : session.changes()) ?? noChanges;
    const data = applyChanges(anonymous?.reading.session.data ?? '{}', saved);
    const id = createSessionId(slot, this.#options.platform.randomBytes);
    const key = storeKey(id);
    const outcome = await this.#store.create(key, this.#newRecord(true, data), once);
    if (outcome !== 'created') return outcome;
    if (anonymous !== null) await this.#retire(anonymous, key);
    else if (before !== null) await this.#store.end(before.key);
    // Live a moment ago; null only where the sign-in ended since, and then the session is empty as it should be.
    session.rebase(this.#judge(key, await this.#store.read(key)), isSwitch ? null : saved);
    if (this.#former !== null) this.#stageAll(session, this.#former.clearLines);
    this.#setCookie(session, id);
    return 'signed-in';
  }

  /**
   * Ends the anonymous session whose data moved to `successor`. By version: what a parallel request saved meanwhile is
   * carried over too, so nothing is lost and the old id opens nothing any more.
   */
  async #retire(old: SessionBacking, successor: StoreKey): Promise<void> {
    let known = old.reading.session;
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      if ((await this.#store.end(old.key, known.version)) === 'ended') return;
      const now = await this.#store.read(old.key);
      if (now === null) return;
      await this.#carryOver(known.data, now.session.data, successor);
      known = now.session;
    }
    throw writtenTooFast();
  }

  async #carryOver(before: string, after: string, successor: StoreKey): Promise<void> {
    const changes = findChanges(before, parseData(after));
    if (changes !== null) await this.#replaceMerging(successor, changes);
  }

  /** Saves and returns the cookies for the answer. What ended meanwhile is not brought back: the event says so. */
  commit(session: Session): MaybePromise<readonly string[]> {
    if (!session.isBusy() && session.changes() === null) return session.takeCookies();
    return this.#save(session).then((outcome) => {
      if (outcome === 'ended') {
        this.#event('session.save-lost', 'ended');
        session.dropChanges();
      }
      return session.takeCookies();
    });
  }

  async save(session: Session): Promise<void> {
    if ((await this.#save(session)) === 'saved') return;
    throw new LatchkeyError(
      'session_ended',
      'The session ended while the request was under way; what it changed was not saved.',
    );
  }

  #save(session: Session): Promise<'saved' | 'ended'> {
    return session.inTurn(async () => {
      const changes = session.changes();
      return changes === null ? 'saved' : this.#write(session, changes);
    });
  }

  end(session: Session): Promise<void> {
    return session.inTurn(() => this.#end(session));
  }

  async #end(session: Session): Promise<void> {
    const backing = session.backing();
    if (backing !== null) await this.#store.end(backing.key);
    this.#forget(session);
  }

  signOut(session: Session): Promise<void> {
    return session.inTurn(async () => {
      // Also what this path does not bring: signed out means so on every path.
      if (this.#former !== null) this.#stageAll(session, this.#former.clearLines);
      const backing = session.backing();
      if (!backing?.reading.session.signedIn) return this.#end(session);
      await this.#endSignIn(session, slotOf(backing.key));
      this.#forget(session);
    });
  }

  async #endSignIn(session: Session, slot: Slot): Promise<void> {
    const end = this.#options.endSignIn ?? ((ended, cause) => this.#store.endSignIn(ended, cause));
    try {
      await end(slot, 'sign-out');
    } catch (error) {
      // Ended in the store, only the login host was not told: the session is gone all the same.
      if (hasCode(error, 'login_host_unavailable')) this.#forget(session);
      throw error;
    }
  }

  #forget(session: Session): void {
    const hadRecord = session.backing() !== null;
    session.rebase(null);
    if (hadRecord) this.#clearCookies(session);
  }

  /** Sets the cookie of a session that was there before, if it still is when the answer leaves. */
  #renewCookie(opened: Opened, id: SessionId, { key }: SessionBacking): void {
    opened.renewed = { key, line: this.#setCookie(opened.session, id) };
  }

  /**
   * Leaves out the cookie of a session that ended meanwhile: another request may have signed the person in, and this
   * answer, coming later, would put the old cookie over the new one.
   */
  async withoutEnded(
    lines: MaybePromise<readonly string[]>,
    { key, line }: Renewal,
  ): Promise<readonly string[]> {
    const all = await lines;
    if (!all.includes(line) || (await this.#isLive(key))) return all;
    return all.filter((one) => one !== line);
  }

  async #isLive(key: StoreKey): Promise<boolean> {
    try {
      return (await this.#store.read(key)) !== null;
    } catch {
      // No reason to fail a request: the cookie is set another time.
      return false;
    }
  }

  /** After the lines that clear: to some browsers a cookie of the host and one with the host as domain are the same. */
  #setCookie(session: Session, id: SessionId): string {
    const { cookie } = this.#options;
    const line = setCookieLine(cookie, id);
    session.stageCookie(cookie.name, line);
    return line;
  }

  #clearCookies(session: Session): void {
    session.stageCookie(this.#options.cookie.name, this.clearLine);
    if (this.#former !== null) this.#stageAll(session, this.#former.clearLines);
  }

  /** Lines that clear former cookies: several may have one name, so each line stands for itself. */
  #stageAll(session: Session, lines: readonly string[]): void {
    for (const line of lines) session.stageCookie(line, line);
  }

  async #write(session: Session, changes: Changes): Promise<'saved' | 'ended'> {
    const backing = session.backing();
    if (backing === null) return this.#createAnonymous(session, changes);
    const outcome = await this.#replaceMerging(backing.key, changes, backing.reading.session);
    if (outcome === 'ended') return 'ended';
    session.rebase({ ...backing, reading: { ...backing.reading, session: outcome } }, changes);
    return 'saved';
  }

  async #createAnonymous(session: Session, changes: Changes): Promise<'saved' | 'ended'> {
    const { randomBytes } = this.#options.platform;
    const id = createSessionId(createSlot(randomBytes), randomBytes);
    const key = storeKey(id);
    const record = this.#newRecord(false, applyChanges('{}', changes));
    if ((await this.#store.create(key, record)) !== 'created') return 'ended';
    const reading = { session: record, signIn: null, usedAt: record.createdAt };
    session.rebase({ key, reading, access: 'none' }, changes);
    this.#setCookie(session, id);
    return 'saved';
  }

  /** Writes the changed keys over whatever is there now: two requests that change different keys both survive. */
  async #replaceMerging(
    key: StoreKey,
    changes: Changes,
    known?: SessionRecord,
  ): Promise<SessionRecord | 'ended'> {
    let current = known ?? (await this.#store.read(key))?.session;
    for (let attempt = 0; current !== undefined; attempt += 1) {
      const data = applyChanges(current.data, changes);
      const outcome = await this.#store.replace(key, data, current.version);
      if (outcome === 'saved') return { ...current, data, version: current.version + 1 };
      if (outcome === 'ended') return 'ended';
      if (attempt === maxAttempts) throw writtenTooFast();
      current = (await this.#store.read(key))?.session;
    }
    return 'ended';
  }

  #newRecord(signedIn: boolean, data: string): SessionRecord {
    const { scopeName, idleSeconds, absoluteSeconds } = this.#options;
    const createdAt = this.#store.now();
    return {
      version: 1,
      scope: scopeName,
      signedIn,
      createdAt,
      idleSeconds,
      absoluteSeconds,
      data,
    };
  }

  #event(type: string, reason: string): void {
    const { app, platform } = this.#options;
    platform.onEvent({ type, reason, ...(app === null ? {} : { app }) });
  }
}

function writtenTooFast(): LatchkeyError {
  return new LatchkeyError(
    'store_unavailable',
    'The session is written faster than changes can be merged into it.',
  );
}

/** A cookie that is set again for a session that was there before. */
interface Renewal {
  readonly key: StoreKey;
  readonly line: string;
}

class Opened implements OpenSession {
  readonly session: Session;
  renewed: Renewal | null = null;
  readonly #flow: SessionFlow;

  constructor(flow: SessionFlow, backing: SessionBacking | null) {
    this.#flow = flow;
    this.session = new Session(flow, backing);
  }

  commit(): MaybePromise<readonly string[]> {
    const lines = this.#flow.commit(this.session);
    return this.renewed === null ? lines : this.#flow.withoutEnded(lines, this.renewed);
  }
}
