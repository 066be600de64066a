import { hkdfSync } from 'node:crypto';
import { readCookieValues } from '../cookie/read.ts';
import { setCookieLine } from '../cookie/serialize.ts';
import { LatchkeyError } from '../errors.ts';
import type { AnswerHead, OpenSession } from '../http/http-exchange.ts';
import { cookieSeconds } from '../lifecycle/answer-cookies.ts';
import { createSessions, type Sessions, type SessionsOptions } from '../lifecycle/sessions.ts';
import type { RealmKey } from '../realm.ts';
import { seal, unseal } from '../sealed-envelope.ts';
import { parseSessionId, type SessionId, storeKey } from '../session-id/session-id.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import type { StoreKey } from '../session-store.ts';
import type { CookieStore } from './cookie-store.ts';
import { type KeptSession, readKept, writeKept } from './kept-session.ts';
import { RequestStore, type RequestStoreSurroundings } from './request-store.ts';

/** How many cookies of each name are read. */
const maxCookies = 8;
/** Longer values are no session of ours: browsers keep no cookie of that size. */
const maxSealedCharacters = 5_500;

/** What the sessions of a cookie store need: no store, but secrets. */
export interface CookieSessionsOptions extends Omit<SessionsOptions, 'store'> {
  readonly cookieStore: CookieStore;
  /** Remembers which session ids were retired: the store of the sign-ins where there is one. */
  readonly retirements: RequestStoreSurroundings['retirements'];
  /** Texts of at least 32 characters, newest first: the first seals, all open. */
  readonly secrets: readonly string[];
}

/**
 * Sessions whose data is in the cookie. Each request has a store of its own with what its cookie brought; the flow on top
 * is that of every store. Not kept here: two requests at once that change different keys (the later answer wins), and that
 * what ended stays so for an anonymous visitor (a copied cookie can be brought again).
 */
export function createCookieSessions(options: CookieSessionsOptions): Sessions {
  const { cookieStore, secrets, retirements, ...common } = options;
  const { place } = cookieStore;
  const { now } = common.platform;
  const sealing = createSealing(common, sealingKeys(secrets));
  const flows = new WeakMap<SessionObject, Sessions>();
  const flowOn = (store: RequestStore): Sessions => createSessions({ ...common, store });
  const flowOf = (session: SessionObject): Sessions => {
    const flow = flows.get(session);
    if (flow !== undefined) return flow;
    throw new LatchkeyError('session_ended', 'That session is not one that was opened here.');
  };
  const { clearLine, clearLines } = flowOn(new RequestStore([], { place, retirements, now }));
  return {
    clearLine,
    clearLines,
    realm: common.realm.present,
    async open(cookieHeader) {
      const brought = sealing.open(cookieHeader ?? '');
      const kept = brought.map(({ session }) => session);
      const store = new RequestStore(kept, { place, retirements, now });
      const flow = flowOn(store);
      // The flow reads the ids as if they had come in the cookies.
      const ids = brought.map(({ name, session }) => `${name}=${session.id}`).join('; ');
      const opened = await flow.open(ids === '' ? undefined : ids);
      flows.set(opened.session, flow);
      return new OpenedCookie(opened, store, sealing);
    },
    signIn: async (session, ...how) => flowOf(session).signIn(session, ...how),
    findEarlier: async (session) => flowOf(session).findEarlier(session),
    clearLinesFor: async (session) => flowOf(session).clearLinesFor(session),
    signOut: async (session) => flowOf(session).signOut(session),
  };
}

/** A sealed session, and the name of the cookie that brought it. */
interface Brought {
  readonly name: string;
  readonly session: KeptSession;
}

/** From cookies to sessions and back. */
interface Sealing {
  open(header: string): readonly Brought[];
  line(kept: KeptSession, session: SessionObject): string;
  /** The id that a line of the flow would set bare, or null. */
  idIn(line: string): SessionId | null;
  keyOf(id: SessionId): StoreKey;
}

function createSealing(
  { cookie, former, scopeName, platform, realm }: Omit<SessionsOptions, 'store'>,
  keys: readonly Buffer[],
): Sealing {
  const scopeNames = [scopeName, ...(former?.scopeNames ?? [])];
  const names = [...new Set([cookie.name, ...(former?.cookies ?? []).map(({ name }) => name)])];
  const realms = [realm.present, ...realm.former];
  const places = realms.flatMap((one) => scopeNames.map((scope) => ({ realm: one, scope })));
  const unsealed = (sealed: string): KeptSession | null => {
    if (sealed.length > maxSealedCharacters) return null;
    for (const place of places) {
      const opened = unseal({ keys, purpose: purposeOf(place.realm, place.scope) }, sealed);
      if (opened.kind === 'opened') return readKept(opened.plain.toString(), place.realm);
    }
    return null;
  };
  const start = `${cookie.name}=`;
  return {
    open: (header) =>
      names.flatMap((name) =>
        readCookieValues(header, name, maxCookies).flatMap((value) => {
          const session = unsealed(value);
          return session === null ? [] : { name, session };
        }),
      ),
    line: (kept, session) => {
      const purpose = purposeOf(realm.present, scopeName);
      const sealed = seal({ keys, purpose }, writeKept(kept), platform.randomBytes);
      return setCookieLine(cookie, sealed, cookieSeconds(cookie, session));
    },
    idIn: (line) =>
      line.startsWith(start) ? parseSessionId(line.slice(start.length).split(';')[0] ?? '') : null,
    keyOf: (id) => storeKey(realm.present, id),
  };
}

/** What a sealed cookie is bound to: what is sealed for one realm or scope opens in no other. */
function purposeOf(realm: RealmKey, scopeName: string): string {
  return `latchkey session cookie\n${realm}\n${scopeName}`;
}

/** The 32-byte keys that secrets give for sealing cookies, in their order (HKDF-SHA256, RFC 5869). */
function sealingKeys(secrets: readonly string[]): readonly Buffer[] {
  return secrets.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret, 'latchkey', 'latchkey session cookie', 32)),
  );
}

class OpenedCookie implements OpenSession {
  readonly session: SessionObject;
  readonly #opened: OpenSession;
  readonly #store: RequestStore;
  readonly #sealing: Sealing;

  constructor(opened: OpenSession, store: RequestStore, sealing: Sealing) {
    this.session = opened.session;
    this.#opened = opened;
    this.#store = store;
    this.#sealing = sealing;
  }

  /**
   * The lines of the flow, with the session itself where the flow has its id. That it is in use is noted in the cookie too: an
   * answer that caches keep does not say so.
   */
  async commit(head?: AnswerHead): Promise<readonly string[]> {
    const isPutOff = head?.invitesCaches() === true;
    const lines = await this.#opened.commit(head);
    const rest = lines.filter((line) => !this.#learnId(line));
    const key = this.session.backing()?.key;
    if (key === undefined) return rest;
    if (rest.length === lines.length && !this.#mustBeSaid(key, isPutOff)) return rest;
    // The answer to another request has the cookie of the new id; this one, coming later, would put the old one over it.
    if (!(await this.#store.isThere(key))) return rest;
    const kept = this.#store.keep(key);
    return kept === null ? rest : [...rest, this.#sealing.line(kept, this.session)];
  }

  #mustBeSaid(key: StoreKey, isPutOff: boolean): boolean {
    return this.#store.isChanged(key) || (!isPutOff && this.#store.isTouched(key));
  }

  /** Whether the line is one that would set a bare session id. */
  #learnId(line: string): boolean {
    const id = this.#sealing.idIn(line);
    if (id !== null) this.#store.noteId(id, this.#sealing.keyOf(id));
    return id !== null;
  }
}
