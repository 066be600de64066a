import { haveSameAttributes, lastingAttributes, writtenAt } from './cookie.ts';
import type { Household, Visitor } from './household.ts';
import { isSecure } from './request-facts.ts';
import type { ResponseHooks } from './response.ts';
import type { SessionKeeper } from './session.ts';
import { setSessionCookie } from './set-cookie.ts';
import type { Done, Session, SessionData } from './shapes.ts';
import { isUnchanged, type Snapshot, takeSnapshot } from './snapshot.ts';
import { createSession, hasOwnCreateSession } from './store.ts';
import { callStore } from './store-call.ts';
import { type KnownRecord, writeSession } from './write.ts';

/** One session object of the request: `regenerate` and `reload` make others. */
interface Held {
  readonly session: Session;
  /** What this request knows of the record; null while there is none. */
  record: KnownRecord | null;
  /** What the end of the response need not save again; null: it is to be saved in any case. */
  saved: Snapshot | null;
}

/** One request and its session, until the response has ended. */
export class Visit implements SessionKeeper, ResponseHooks {
  readonly household: Household;
  readonly #visitor: Visitor;
  #originalId: unknown;
  #original: Snapshot = new Map();
  #held: Held | null = null;
  /** Those that were loaded anew here, and that the app may still hold and save. */
  #replaced: WeakMap<Session, Held> | null = null;
  /** Sessions that the app ended here, and may still hold. */
  #ended: WeakSet<Session> | null = null;
  /** When the record was written last, as far as it says so itself. */
  #writtenAt: number | null = null;
  #isTouched = false;
  #isBroken = false;
  /** As the response ends nothing can change any more, and is compared once only. */
  #wasChanged: boolean | null = null;
  #savesUnderWay = 0;
  #afterSaves: (() => void)[] = [];

  constructor(household: Household, visitor: Visitor) {
    this.household = household;
    this.#visitor = visitor;
  }

  /** Gives the request a new session. */
  start(): void {
    const { request } = this.#visitor;
    this.household.store.generate(request);
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
    this.#held = { session, record: null, saved: null };
  }

  #open(data: SessionData): Snapshot {
    const { store, resave } = this.household;
    const { request } = this.#visitor;
    if (hasOwnCreateSession(store)) store.createSession(request, data);
    else createSession(request, data);
    const session = request.session as Session;
    const base = takeSnapshot(session);
    const record = { base, attributes: lastingAttributes(session.cookie) };
    this.#held = { session, record, saved: resave ? null : base };
    this.#writtenAt = writtenAt(session.cookie);
    return base;
  }

  reload(session: Session, callback: Done): void {
    this.household.store.get(session.id, (error, data) => {
      if (error) return callback(error);
      if (!data) return callback(new Error('failed to load session'));
      try {
        this.#keepReplaced();
        this.#open(data);
      } catch (broken) {
        return callback(broken);
      }
      callback();
    });
  }

  #keepReplaced(): void {
    if (this.#held === null) return;
    this.#replaced ??= new WeakMap();
    this.#replaced.set(this.#held.session, this.#held);
  }

  #heldOf(session: Session): Held | null {
    if (this.#held?.session === session) return this.#held;
    return this.#replaced?.get(session) ?? null;
  }

  save(session: Session, callback: Done | undefined): void {
    const { store, turns, renewals, onEvent } = this.household;
    const held = this.#heldOf(session);
    const at = Date.now();
    const base = takeSnapshot(session);
    if (held !== null) held.saved = base;
    this.#savesUnderWay += 1;
    turns.take(session.id, (done) => {
      const written = (error: unknown, outcome?: 'written' | 'ended'): void => {
        if (outcome === 'written') {
          renewals.renewed(session.id, at);
          if (held) held.record = { base, attributes: lastingAttributes(session.cookie) };
        }
        if (outcome === 'ended') onEvent({ type: 'session.save-lost' });
        done();
        try {
          this.#report(error, callback);
        } finally {
          this.#saveEnded();
        }
      };
      if (this.#ended?.has(session)) written(undefined, 'ended');
      else writeSession(store, session, held?.record ?? null, written);
    });
  }

  destroy(session: Session, callback: Done | undefined): void {
    const { store } = this.household;
    this.#remember(session);
    this.#end(
      session.id,
      (done) => store.destroy(session.id, done),
      (error) => this.#report(error, callback),
    );
  }

  regenerate(session: Session, callback: Done): void {
    const { store } = this.household;
    this.#remember(session);
    this.#end(session.id, (done) => store.regenerate(this.#visitor.request, done), callback);
  }

  #remember(ended: Session): void {
    this.#ended ??= new WeakSet();
    this.#ended.add(ended);
  }

  #end(id: string, call: (done: Done) => void, callback: Done): void {
    const { turns, renewals } = this.household;
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
    else if (cause) this.household.onEvent({ type: 'store.unavailable', reason: 'session', cause });
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

  beforeEnd(): ((done: () => void) => void) | null {
    return this.#unlessBroken(() => this.#findWork(), null);
  }

  #setCookie(): void {
    const { request, response, secret } = this.#visitor;
    const { name, proxy } = this.household;
    const { session, sessionID } = request;
    if (!session || typeof sessionID !== 'string' || !this.#needsCookie(session)) return;
    if (session.cookie.secure && !isSecure(request, proxy)) return;
    this.#touch(session);
    try {
      setSessionCookie(response, { name, id: sessionID, secret, cookie: session.cookie });
    } catch (error) {
      this.fail(error);
    }
  }

  #needsCookie(session: Session): boolean {
    const { rolling, saveUninitialized } = this.household;
    const { request, cookieId } = this.#visitor;
    if (cookieId !== request.sessionID) return saveUninitialized || this.#isChanged(session);
    return rolling || (session.cookie.expires != null && this.#isChanged(session));
  }

  #findWork(): ((done: () => void) => void) | null {
    const { session, sessionID } = this.#visitor.request;
    if (!session) return this.#findWorkWithout(sessionID);
    this.#touch(session);
    if (typeof sessionID !== 'string') return null;
    this.#wasChanged = null;
    this.#wasChanged = this.#isChanged(session);
    if (this.#mustSave(session)) return (done) => this.#saveAtEnd(session, done);
    if (this.#mustTouch(session)) return (done) => this.#touchRecord(session, done);
    return this.#savesUnderWay > 0 ? (done) => void this.#afterSaves.push(done) : null;
  }

  #findWorkWithout(id: unknown): ((done: () => void) => void) | null {
    const { destroyUnset, store } = this.household;
    if (!destroyUnset || typeof id !== 'string' || id === '') return null;
    return (done) =>
      this.#end(
        id,
        (destroyed) => store.destroy(id, destroyed),
        (error) => {
          if (error) this.fail(error);
          done();
        },
      );
  }

  #touch(session: Session): void {
    if (this.#isTouched) return;
    this.#isTouched = true;
    session.touch();
  }

  #isChanged(session: Session): boolean {
    if (this.#wasChanged !== null) return this.#wasChanged;
    return session.id !== this.#originalId || !isUnchanged(session, this.#original);
  }

  #mustSave(session: Session): boolean {
    const saved = this.#held?.session === session ? this.#held.saved : null;
    const isChanged = this.#wasChanged === true;
    if (saved !== null) {
      return saved === this.#original ? isChanged : !isUnchanged(session, saved);
    }
    const isNew = this.#visitor.cookieId !== session.id;
    if (isNew) return this.household.saveUninitialized || isChanged;
    // `resave`: only to keep the record alive.
    return isChanged || this.#isDue(session);
  }

  #mustTouch(session: Session): boolean {
    const isKnown = this.#visitor.cookieId === session.id;
    return isKnown && typeof this.household.store.touch === 'function' && this.#isSaved(session)
      ? this.#isDue(session)
      : false;
  }

  #isSaved(session: Session): boolean {
    return this.#held?.session === session && this.#held.saved !== null;
  }

  /** A cookie that lives longer or shorter from now on is renewed at once. */
  #isDue(session: Session): boolean {
    const { renewals } = this.household;
    const attributes = this.#held?.session === session ? this.#held.record?.attributes : undefined;
    if (attributes === undefined || !haveSameAttributes(session.cookie, attributes)) return true;
    const { originalMaxAge } = session.cookie;
    const lifetimeMs = Number.isFinite(originalMaxAge) ? originalMaxAge : null;
    return renewals.isDue(session.id, lifetimeMs, this.#writtenAt);
  }

  #saveAtEnd(session: Session, done: () => void): void {
    session.save((error) => {
      if (error) this.fail(error);
      done();
    });
  }

  #touchRecord(session: Session, done: () => void): void {
    const { store, renewals } = this.household;
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
