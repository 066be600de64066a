import { randomBytes, randomUUID } from 'node:crypto';
import type { Family, SessionStore } from '@latchkey/session';
import {
  appSignOutPath,
  arrivalAt,
  callSignatureHeader,
  createSlot,
  deriveAppKey,
  derivePurposeKey,
  invitationParameter,
  isState,
  judgeInvitation,
  loginSignedOutPath,
  mintToken,
  readCookieValues,
  type SignInRecord,
  type Slot,
  verifyAppSignOut,
} from '@latchkey/session/parts';
import type { WebHandler } from './test-browser.ts';

/** What a small login host is made of. */
export interface SmallLoginHostOptions {
  readonly family: Family;
  readonly store: SessionStore;
  /** The family secret, from which app keys are derived. */
  readonly secret: string;
  /** Milliseconds since 1970, for tokens and calls. Default: the store's clock. */
  readonly now?: () => number;
}

/** A sign-in to be made; what is left out is made up. */
export interface NewSignIn {
  readonly account?: SignInRecord['account'];
  readonly apps?: SignInRecord['apps'];
  readonly device?: string;
  readonly place?: string;
  readonly remembered?: boolean;
  readonly idleSeconds?: number;
  readonly absoluteSeconds?: number;
}

/** A login host without pages, accounts and proofs, for tests of apps: tokens and signed calls are real. */
export interface SmallLoginHost {
  /** Answers `/handshake`, the signed call at sign-out, and `/signed-out` with a page; a ticket is a word that says nothing. */
  readonly handler: WebHandler;
  /** `fetch` for the platform of apps: knows the login host alone, and fails while it is away. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  /** Makes a sign-in in the store. */
  readonly signIn: (signIn?: NewSignIn) => Promise<Slot>;
  /** The `Set-Cookie` line by which a browser is known here as the owner of a sign-in. */
  readonly cookieLine: (slot: Slot) => string;
  /** While true, calls from apps fail as if the host were down. */
  isAway: boolean;
}

const cookieName = 'small_login';

/** Makes a {@link SmallLoginHost} for a family. */
export function createSmallLoginHost(options: SmallLoginHostOptions): SmallLoginHost {
  const { family, store, now = () => store.now() } = options;
  const host: SmallLoginHost = {
    isAway: false,
    async handler(request) {
      const url = new URL(request.url);
      if (url.pathname === '/handshake') return handshake(options, now(), request);
      if (url.pathname === loginSignedOutPath) return new Response('You are signed out.');
      if (url.pathname === appSignOutPath) return appSignOut(options, now(), request);
      return new Response('Not found.', { status: 404 });
    },
    async fetch(url, init) {
      if (host.isAway) throw new TypeError('fetch failed');
      if (new URL(url).origin !== family.loginHost.origin) throw new TypeError('unknown host');
      return host.handler(new Request(url, init));
    },
    async signIn(signIn = {}) {
      const slot = createSlot(randomBytes);
      const record = newSignIn(family, store.now(), signIn);
      await store.createSignIn(slot, record, family.realm.present);
      return slot;
    },
    cookieLine: (slot) => `${cookieName}=${slot}; Path=/; Secure; HttpOnly; SameSite=Lax`,
  };
  return host;
}

function newSignIn(family: Family, now: number, parts: NewSignIn): SignInRecord {
  const id = randomUUID();
  return {
    version: 1,
    id,
    account: { id: randomUUID(), email: 'ada@kittens.example', name: 'Ada' },
    provedAt: now,
    methods: ['pwd'],
    device: 'Chrome on Linux',
    place: '192.0.2.7',
    remembered: false,
    apps: Object.fromEntries([...family.apps.keys()].map((app) => [app, null])),
    createdAt: now,
    idleSeconds: family.idleSeconds,
    absoluteSeconds: family.absoluteSeconds,
    ...parts,
  };
}

function handshake(
  { family, secret }: SmallLoginHostOptions,
  now: number,
  request: Request,
): Response {
  const { searchParams } = new URL(request.url);
  const member = family.apps.get(searchParams.get('app') ?? '');
  const state = searchParams.get('state') ?? '';
  if (member === undefined || !isState(state)) return new Response('Bad request.', { status: 400 });
  const [slot] = readCookieValues(request.headers.get('cookie') ?? '', cookieName, 1);
  const invitation = searchParams.get(invitationParameter);
  if (invitation !== null) {
    const judge = {
      family,
      now: () => now,
      platform: { onEvent: () => undefined },
      appKeysOf: (app: string) => [deriveAppKey(secret, app)],
    };
    const target = { app: member.name, origin: member.origin };
    const brought = { invitation, target, slot: (slot ?? null) as Slot | null, address: null };
    const why = judgeInvitation(judge, brought);
    if (why !== null) return goTo(arrivalAt(member.origin, { refused: why, state }));
  }
  if (slot === undefined) return new Response('Sign in.', { status: 200 });
  const key = derivePurposeKey(
    deriveAppKey(secret, member.name),
    'handshake token',
    family.realm.present,
  );
  const facts = { app: member.name, origin: member.origin, state, slot: slot as Slot, at: now };
  const token = mintToken(key, facts, randomBytes);
  return goTo(arrivalAt(member.origin, { token, state }));
}

function goTo(location: string): Response {
  return new Response(null, { status: 303, headers: { location } });
}

async function appSignOut(
  { family, store, secret }: SmallLoginHostOptions,
  now: number,
  request: Request,
): Promise<Response> {
  const signature = request.headers.get(callSignatureHeader);
  const keysOf = (app: string) => [deriveAppKey(secret, app)];
  const received = { body: await request.text(), signature };
  const call = verifyAppSignOut(received, { keysOf, realm: family.realm.present }, now);
  if (call === null) return new Response(null, { status: 403 });
  await store.endSignIn(call.slot, call.cause);
  return Response.json({ ticket: randomBytes(12).toString('base64url') });
}
