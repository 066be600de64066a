import { fieldsOf, invitesCaches, makePrivate } from '@latchkey/session/parts';
import { haveSameAttributes, lastingAttributes, writtenAt } from './cookie.ts';
import { HeldSessions } from './held-sessions.ts';
import type { MiddlewareConfig, Visitor } from './middleware-config.ts';
import { isSecure } from './request-facts.ts';
import type { EndWork, ResponseHooks } from './response.ts';
import type { SessionKeeper } from './session.ts';
import { setSessionCookie } from './set-cookie.ts';
import type { Done, Session, SessionData } from './shapes.ts';
import { isUnchanged, type Snapshot, takeSnapshot } from './snapshot.ts';
import { createSession, hasOwnCreateSession } from './store.ts';
import { callStore } from './store-call.ts';
import { isOnlyRenewal, type WriteOutcome, writeSession } from './write.ts';

/** One request and its session, until the response has ended. */
export class RequestContext implements SessionKeeper, ResponseHooks {
  readonly config: MiddlewareConfig;
  readonly #visitor: Visitor;
  #originalId: unknown;
  #original: Snapshot = new Map();
  readonly #sessions = new HeldSessions();
  /** When the record was written last, as far as it says so itself. */
  #writtenAt: number | null = null;
  /** Whether the middleware started the session's lifetime again. */
  #isTouched = false;
  /** Whether the app did: it is written or touched then, however recently that was done before. */
  #isTouchedByApp = false;
  /** Whether the response ended with a session that the original would save whatever it holds. */
  #isResaved = false;
  #isBroken = false;
  /** As the response ends nothing can change any more, and is compared once only. */
  #wasChanged: boolean | null = null;
  #savesUnderWay = 0;
  #afterSaves: (() => void)[] = [];

  constructor(config: MiddlewareConfig, visitor: Visitor) {
    this.config = config;
    this.#visitor = visitor;
  }

  /** Gives the request a new session. */
  start(): void {
    const { request } = this.#visitor;
    this.config.store.generate(request);
    this.#originalId = request.sessionID;
    this.#original = takeSnapshot(request.session as Session);
  }

  /** Gives the request the session of a record. Throws where the record has no cookie. */
  resume(data: SessionData): void {
    this.#original = this.#open(data);
    this.#originalId = this.#visitor.request.sessionID;
  }

  /** Told of each new session of the request. */
  begun(session: Session): void {
    this.#sessions.begin(session);
  }

  #open(data: SessionData): Snapshot {
    const { store, resave } = this.config;
    const { request } = this.#visitor;
    if (hasOwnCreateSession(store)) store.createSession(request, data);
    else createSession(request, data);
    const session = request.session as Session;
    const base = takeSnapshot(session);
    const record = { base, attributes: lastingAttributes(session.cookie) };
    this.#sessions.load(session, { record, saved: resave ? null : base });
    this.#writtenAt = writtenAt(session.cookie);
    return base;
  }

  reload(session: Session, callback: Done): void {
    this.config.store.get(session.id, (error, data) => {
      if (error) return callback(error);
      if (!data) return callback(new Error('failed to load session'));
      try {
        this.#open(data);
      } catch (broken) {
        return callback(broken);
      }
      callback();
    });
  }

  touched(session: Session): void {
    if (this.#sessions.currentOf(session) !== null) this.#isTouchedByApp = true;
  }

  save(session: Session, callback: Done | undefined): void {
    const held = this.#sessions.of(session);
    const base = takeSnapshot(session);
    if (held !== null) held.saved = base;
    this.#savesUnderWay += 1;
    this.#write(session, base, (error) => {
      try {
        this.#report(error, callback);
      } finally {
        this.#saveEnded();
      }
    });
  }

  /** Writes the session when it is its turn. */
  #write(session: Session, base: Snapshot, callback: Done): void {
    const { turns, renewals, onEvent } = this.config;
    const { id } = session;
    const askedAt = renewals.moment();
    turns.take(id, (done) => {
      const held = this.#sessions.of(session);
      const written = (error: unknown, outcome?: WriteOutcome): void => {
        if (outcome !== 'written') renewals.forget(id);
        else if (held) held.record = { base, attributes: lastingAttributes(session.cookie) };
        if (outcome === 'ended') onEvent({ type: 'session.save-lost' });
        done();
        callback(error);
      };
      if (this.#sessions.hasEnded(session)) return written(undefined, 'ended');
      const write = { session, known: held?.record ?? null };
      // Many requests at a time want the same: whoever's turn came first has done it for those that waited.
      if (renewals.isRenewedSince(id, askedAt) && isOnlyRenewal(write)) {
        done();
        return callback();
      }
      renewals.renewed(id, Date.now());
      writeSession(this.config, write, written);
    });
  }

  destroy(session: Session, callback: Done | undefined): void {
    const { store } = this.config;
    this.#sessions.end(session);
    this.#end(
      session.id,
      (done) => store.destroy(session.id, done),
      (error) => this.#report(error, callback),
    );
  }

  regenerate(session: Session, callback: Done): void {
    const { store } = this.config;
    this.#sessions.end(session);
    this.#end(session.id, (done) => store.regenerate(this.#visitor.request, done), callback);
  }

  #end(id: string, call: (done: Done) => void, callback: Done): void {
    const { turns, renewals } = this.config;
    turns.take(id, (done) => {
      renewals.forget(id);
      callStore<never>(call, (error) => {
        done();
        callback(error);
      });
    });
  }

  /** Without a callback nobody else would hear of it. */
  #report(cause: unknown, callback: Done | undefined): void {
    if (callback !== undefined) callback(cause);
    else if (cause) this.config.onEvent({ type: 'store.unavailable', reason: 'session', cause });
  }

  #saveEnded(): void {
    this.#savesUnderWay -= 1;
    if (this.#savesUnderWay > 0) return;
    for (const go of this.#afterSaves.splice(0)) go();
  }

  /** A session that cannot be written is an error of the app once; the answer to that error must be able to leave. */
  #unlessBroken<Result>(step: () => Result, otherwise: Result): Result {
    if (this.#isBroken) return otherwise;
    try {
      return step();
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }

  beforeHead(): void {
    this.#unlessBroken(() => this.#setCookie(), undefined);
  }

  beforeEnd(): EndWork | null {
    return this.#unlessBroken(() => this.#findWork(), null);
  }

  #setCookie(): void {
    const { request, response, secret } = this.#visitor;
    const { name, proxy } = this.config;
    const { session, sessionID } = request;
    if (!session || typeof sessionID !== 'string' || !this.#needsCookie(session)) return;
    if (session.cookie.secure && !isSecure(request, proxy)) return;
    const fields = fieldsOf(response);
    if (this.#isRenewed(session) && invitesCaches(fields)) return;
    this.#touch(session);
    try {
      setSessionCookie(response, { name, id: sessionID, secret, cookie: session.cookie });
      // An answer that says nothing of caches leaves as it does with the original.
      if (fields.get('cache-control') !== null || invitesCaches(fields)) makePrivate(fields);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Whether the browser would only be told again what it knows: that can wait for an answer that no shared cache keeps. */
  #isRenewed(session: Session): boolean {
    return this.#visitor.cookieId === session.id && !this.#isChanged(session);
  }

  #needsCookie(session: Session): boolean {
    const { rolling, saveUninitialized } = this.config;
    const { request, cookieId } = this.#visitor;
    if (cookieId !== request.sessionID) return saveUninitialized || this.#isChanged(session);
    if (rolling) return true;
    if (session.cookie.expires == null) return false;
    // A store that changes what it is given to save makes each session that is saved a changed one.
    const isMarked = this.config.marks.marksSessions === true && this.#isResaved;
    return isMarked || this.#isChanged(session);
  }

  /** Whether only a save can tell if the cookie is set again: the first one over a record, in a process. */
  #isCookieUndecided(session: Session): boolean {
    const isUnknown = this.config.marks.marksSessions === null;
    return isUnknown && session.cookie.expires != null && this.#isSavedInAnyCase(session);
  }

  #isSavedInAnyCase(session: Session): boolean {
    return this.#sessions.currentOf(session)?.saved === null;
  }

  #findWork(): EndWork | null {
    const { session, sessionID } = this.#visitor.request;
    if (!session) return this.#findWorkWithout(sessionID);
    this.#touch(session);
    if (typeof sessionID !== 'string') return null;
    this.#wasChanged = null;
    this.#wasChanged = this.#isChanged(session);
    this.#isResaved = this.#isSavedInAnyCase(session);
    if (this.#mustSave(session)) {
      const isHeadLast = this.#isCookieUndecided(session);
      return { isHeadLast, run: (done) => this.#saveAtEnd(session, done) };
    }
    if (this.#mustTouch(session)) return workOf((done) => this.#touchRecord(session, done));
    return this.#savesUnderWay > 0 ? workOf((done) => void this.#afterSaves.push(done)) : null;
  }

  #findWorkWithout(id: unknown): EndWork | null {
    const { destroyUnset, store } = this.config;
    if (!destroyUnset || typeof id !== 'string' || id === '') return null;
    return workOf((done) =>
      this.#end(
        id,
        (destroyed) => store.destroy(id, destroyed),
        (error) => {
          if (error) this.fail(error);
          done();
        },
      ),
    );
  }

  #touch(session: Session): void {
    if (this.#isTouched) return;
    this.#isTouched = true;
    const isTouchedByApp = this.#isTouchedByApp;
    session.touch();
    this.#isTouchedByApp = isTouchedByApp;
  }

  #isChanged(session: Session): boolean {
    if (this.#wasChanged !== null) return this.#wasChanged;
    return session.id !== this.#originalId || !isUnchanged(session, this.#original);
  }

  #mustSave(session: Session): boolean {
    const saved = this.#sessions.currentOf(session)?.saved ?? null;
    const isChanged = this.#wasChanged === true;
    if (saved !== null) {
      return saved === this.#original ? isChanged : !isUnchanged(session, saved);
    }
    const isNew = this.#visitor.cookieId !== session.id;
    if (isNew) return this.config.saveUninitialized || isChanged;
    // `resave`: only to keep the record alive.
    return isChanged || this.#isDue(session) || this.#isCookieUndecided(session);
  }

  #mustTouch(session: Session): boolean {
    const isKnown = this.#visitor.cookieId === session.id;
    const isSaved = (this.#sessions.currentOf(session)?.saved ?? null) !== null;
    return isKnown && typeof this.config.store.touch === 'function' && isSaved
      ? this.#isDue(session)
      : false;
  }

  /** A cookie that lives longer or shorter from now on is renewed immediately. */
  #isDue(session: Session): boolean {
    if (this.#isTouchedByApp) return true;
    const { renewals } = this.config;
    const attributes = this.#sessions.currentOf(session)?.record?.attributes;
    if (attributes === undefined || !haveSameAttributes(session.cookie, attributes)) return true;
    const { originalMaxAge } = session.cookie;
    const lifetimeMilliseconds = Number.isFinite(originalMaxAge) ? originalMaxAge : null;
    return renewals.isDue(session.id, lifetimeMilliseconds, this.#writtenAt);
  }

  #saveAtEnd(session: Session, done: () => void): void {
    session.save((error) => {
      if (error) this.fail(error);
      done();
    });
  }

  #touchRecord(session: Session, done: () => void): void {
    const { store, renewals } = this.config;
    const touched = (error?: unknown): void => {
      if (error) {
        renewals.forget(session.id);
        this.fail(error);
      }
      done();
    };
    renewals.renewed(session.id, Date.now());
    store.touch?.(session.id, session as Session & SessionData, touched);
  }

  fail(error: unknown): void {
    setImmediate(this.#visitor.next, error);
  }
}

function workOf(run: EndWork['run']): EndWork {
  return { isHeadLast: false, run };
}
