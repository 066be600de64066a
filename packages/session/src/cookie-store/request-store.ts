import type { SessionId } from '../session-id/session-id.ts';
import {
  type ListedSignIn,
  type Reading,
  type Replacement,
  type ReportedEnding,
  type Retired,
  type SessionRecord,
  type SessionStore,
  type SignInRecord,
  type Slot,
  type StoreKey,
  slotOf,
} from '../session-store.ts';
import type { KeptSession } from './kept-session.ts';

/** What the store of one request keeps, by store key. */
interface Entry {
  readonly record: SessionRecord;
  readonly usedAt: number;
}

/** Where sign-ins are: in a store on the server, in the cookie itself (they cannot be ended elsewhere), or nowhere. */
export type SignInPlace =
  | { readonly kind: 'server'; readonly store: SessionStore }
  | { readonly kind: 'cookie'; readonly notBefore: number }
  | { readonly kind: 'nowhere' };

/** What stores of requests have in common. */
export interface RequestStoreSurroundings {
  readonly place: SignInPlace;
  /** Remembers which ids were retired, for the cookie of such a one may still come. */
  readonly retirements: Pick<SessionStore, 'retire' | 'end' | 'findRetired'>;
  readonly now: () => number;
}

/**
 * A store that lives as long as a request: what its cookies brought, and what is to go into the answer's. Sign-ins are
 * stored where `place` says. Of a session that belongs to a sign-in on the server, the server
 * has a record without data: so it ends, idles out and is counted there like any other. A cookie whose id was retired can
 * still be read, and its data is what it was; but nothing is saved into it any more.
 */
export class RequestStore implements SessionStore {
  readonly now: () => number;
  readonly #place: SignInPlace;
  /** The store of the sign-ins, where that is one on the server. */
  readonly #server: SessionStore | null;
  readonly #retirements: RequestStoreSurroundings['retirements'];
  readonly #entries = new Map<StoreKey, Entry>();
  readonly #ids = new Map<StoreKey, SessionId>();
  readonly #changed = new Set<StoreKey>();
  readonly #touched = new Set<StoreKey>();
  /** Where sign-ins are kept in the cookie. */
  readonly #signIns = new Map<Slot, SignInRecord>();

  constructor(kept: readonly KeptSession[], { place, retirements, now }: RequestStoreSurroundings) {
    this.#place = place;
    this.#server = place.kind === 'server' ? place.store : null;
    this.#retirements = retirements;
    this.now = place.kind === 'server' ? () => place.store.now() : now;
    for (const { id, key, record, usedAt, signIn } of kept) {
      this.#ids.set(key, id);
      this.#entries.set(key, { record, usedAt });
      if (signIn !== null && place.kind === 'cookie') this.#signIns.set(slotOf(key), signIn);
    }
  }

  /** Whether the cookie does not say yet what the session at this key is now. */
  isChanged(key: StoreKey): boolean {
    return this.#changed.has(key);
  }

  /** Whether it does not say yet that the session is in use. */
  isTouched(key: StoreKey): boolean {
    return this.#touched.has(key);
  }

  /** Whether there is a live session at this very key: one that another request gave a new id is not. */
  async isThere(key: StoreKey): Promise<boolean> {
    return (await this.read(key)) !== null && (await this.findRetired(key)) === null;
  }

  /** The flow has given out an id that leads to this key. */
  noteId(id: SessionId, key: StoreKey): void {
    this.#ids.set(key, id);
  }

  /** What its cookie is to say; null where there is no such session. */
  keep(key: StoreKey): KeptSession | null {
    const entry = this.#entries.get(key);
    const id = this.#ids.get(key);
    if (entry === undefined || id === undefined) return null;
    this.#changed.delete(key);
    this.#touched.delete(key);
    return { id, key, ...entry, signIn: this.#signIns.get(slotOf(key)) ?? null };
  }

  async read(key: StoreKey): Promise<Reading | null> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    const { record: session, usedAt } = entry;
    if (session.signedIn && this.#server !== null) {
      const there = await this.#server.read(key);
      if (there === null) return null;
      return {
        ...there,
        session: { ...there.session, data: session.data, version: session.version },
      };
    }
    const signIn = session.signedIn ? this.#ownSignIn(slotOf(key)) : null;
    if (session.signedIn && signIn === null) return null;
    const { idleSeconds } = signIn ?? session;
    return this.#isLive(session, idleSeconds, usedAt) ? { key, session, signIn, usedAt } : null;
  }

  async create(
    ...given: Parameters<SessionStore['create']>
  ): Promise<'created' | 'used' | 'ended'> {
    const [key, record, once] = given;
    if (record.signedIn && this.#server !== null) {
      const outcome = await this.#server.create(key, { ...record, data: '{}' }, once);
      if (outcome !== 'created') return outcome;
    } else if (record.signedIn && this.#ownSignIn(slotOf(key)) === null) return 'ended';
    this.#put(key, { record: { ...record, version: 1 }, usedAt: this.now() });
    return 'created';
  }

  async replace(
    key: StoreKey,
    data: string,
    readVersion: number,
  ): Promise<'saved' | 'outdated' | 'ended'> {
    const entry = this.#entries.get(key);
    // Also asks the server: a slow request must not put back what ended meanwhile, nor an id that was given up.
    if (entry === undefined || !(await this.isThere(key))) return 'ended';
    if (entry.record.version !== readVersion) return 'outdated';
    const record = { ...entry.record, data, version: readVersion + 1 };
    this.#put(key, { ...entry, record });
    return 'saved';
  }

  async rotate(key: StoreKey, successor: StoreKey): Promise<'rotated' | 'replaced' | 'ended'> {
    const entry = this.#entries.get(key);
    if (entry === undefined || (await this.read(key)) === null) return 'ended';
    if (entry.record.signedIn && this.#server !== null) {
      const outcome = await this.#server.rotate(key, successor);
      if (outcome !== 'rotated') return outcome;
    } else {
      const retired = await this.findRetired(key);
      if (retired?.kind === 'ended') return 'ended';
      if ((await this.#retirements.retire(key, { successor })) === 'replaced') return 'replaced';
    }
    this.#entries.delete(key);
    this.#put(successor, entry);
    return 'rotated';
  }

  /** What was left is in a cookie and nowhere else. */
  async retire(
    key: StoreKey,
    { successor }: Replacement,
  ): Promise<'retired' | 'replaced' | 'outdated'> {
    const outcome = await this.#retirements.retire(key, { successor });
    this.#entries.delete(key);
    return outcome;
  }

  async end(key: StoreKey): Promise<'ended' | 'gone'> {
    const isThere = await this.isThere(key);
    this.#entries.delete(key);
    await this.#retirements.end(key);
    return isThere ? 'ended' : 'gone';
  }

  findRetired(key: StoreKey): Promise<Retired | null> {
    return this.#retirements.findRetired(key);
  }

  async touch(key: StoreKey, idleSeconds: number): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    if (entry.record.signedIn && this.#server !== null) {
      await this.#server.touch(key, idleSeconds);
      return;
    }
    this.#entries.set(key, { ...entry, usedAt: this.now() });
    this.#touched.add(key);
  }

  async createSignIn(
    ...given: Parameters<SessionStore['createSignIn']>
  ): Promise<'created' | 'ended'> {
    const [slot, record] = given;
    if (this.#server !== null) return this.#server.createSignIn(...given);
    if (this.#place.kind === 'nowhere') return 'ended';
    this.#signIns.set(slot, { ...record, version: 1 });
    return 'created';
  }

  async readSignIn(
    slot: Slot,
  ): Promise<{ readonly signIn: SignInRecord; readonly usedAt: number } | null> {
    if (this.#server !== null) return this.#server.readSignIn(slot);
    const signIn = this.#ownSignIn(slot);
    return signIn === null ? null : { signIn, usedAt: this.now() };
  }

  async listSignIns(
    ...given: Parameters<SessionStore['listSignIns']>
  ): Promise<readonly ListedSignIn[]> {
    if (this.#server !== null) return this.#server.listSignIns(...given);
    const [, accountId] = given;
    return [...this.#signIns]
      .filter(([, signIn]) => signIn.account.id === accountId)
      .map(([slot, signIn]) => ({ slot, signIn, usedAt: this.now() }));
  }

  async replaceSignIn(
    ...given: Parameters<SessionStore['replaceSignIn']>
  ): Promise<'saved' | 'outdated' | 'ended'> {
    return (await this.#server?.replaceSignIn(...given)) ?? 'ended';
  }

  async endSignIn(...given: Parameters<SessionStore['endSignIn']>): Promise<void> {
    if (this.#server !== null) await this.#server.endSignIn(...given);
    else this.#signIns.delete(given[0]);
  }

  async takeOnce(
    ...given: Parameters<SessionStore['takeOnce']>
  ): Promise<'taken' | 'used' | 'ended'> {
    return (await this.#server?.takeOnce(...given)) ?? 'ended';
  }

  async readReports(
    ...given: Parameters<SessionStore['readReports']>
  ): Promise<readonly ReportedEnding[]> {
    return (await this.#server?.readReports(...given)) ?? [];
  }

  async dropReports(...given: Parameters<SessionStore['dropReports']>): Promise<void> {
    await this.#server?.dropReports(...given);
  }

  async ping(): Promise<void> {
    await this.#server?.ping();
  }

  async incarnation(): Promise<string> {
    return (await this.#server?.incarnation()) ?? '';
  }

  async close(): Promise<void> {
    this.#entries.clear();
  }

  #put(key: StoreKey, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#changed.add(key);
  }

  #ownSignIn(slot: Slot): SignInRecord | null {
    const signIn = this.#signIns.get(slot) ?? null;
    if (signIn === null || this.#place.kind !== 'cookie') return null;
    if (signIn.createdAt < this.#place.notBefore) return null;
    return signIn.createdAt + signIn.absoluteSeconds * 1000 > this.now() ? signIn : null;
  }

  #isLive(
    { createdAt, absoluteSeconds }: SessionRecord,
    idleSeconds: number,
    usedAt: number,
  ): boolean {
    const now = this.now();
    return now < usedAt + idleSeconds * 1000 && now < createdAt + absoluteSeconds * 1000;
  }
}
