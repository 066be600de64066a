import { randomBytes, randomUUID } from 'node:crypto';
import { type Family, type FamilyMember, openStore, type SessionStore } from '@latchkey/session';
import {
  arrivalAt,
  deriveAppKey,
  derivePurposeKey,
  mintToken,
  parseSlot,
  type Slot,
} from '@latchkey/session/parts';
import { badFinding, type Fault, type Finding } from './doctor-finding.ts';
import { appKeyChange } from './doctor-hop.ts';
import { ask, type Examination, type Web } from './doctor-web.ts';

/** Seconds that the sign-in of nobody lasts at most, should nobody end it. */
const probeSeconds = 60;
/** Where the one-time id stands in a token: behind its version. */
const [idStart, idEnd] = [1, 13];

/**
 * Whether an app takes what the login host hands out: it has the right key, and looks into the same store. A sign-in of nobody,
 * which may enter no app, is put into the store; the app is shown a token for it by a browser that never asked, and so uses the
 * token up and opens nothing; then the store is asked whether it did. Null where it did, and where it cannot be tried: without
 * the secret, or with a store that is not given by URL.
 */
export async function entryFault(
  { web, family }: Pick<Examination, 'web' | 'family'>,
  app: FamilyMember,
): Promise<Finding | null> {
  if (family.secrets.length === 0 || typeof family.store !== 'string') return null;
  const store = await openStore(family.store).catch(() => null);
  if (store === null) return null;
  try {
    await store.ping();
    const slot = await startProbe(store, family);
    const fault = await probeApp({ web, family, app, store, slot });
    await store.endSignIn(slot, 'revoked-by-administrator');
    return fault === null ? null : badFinding(app.origin, fault);
  } catch {
    // A store that does not answer is told for itself.
    return null;
  } finally {
    await store.close().catch(() => undefined);
  }
}

/** What is tried at an app. */
interface Probe {
  readonly web: Web;
  readonly family: Family;
  readonly app: FamilyMember;
  readonly store: SessionStore;
  readonly slot: Slot;
}

async function startProbe(store: SessionStore, family: Family): Promise<Slot> {
  const slot = newSlot();
  const now = store.now();
  const nobody = { id: randomUUID(), email: 'doctor@latchkey.invalid', name: 'latchkey doctor' };
  const record = {
    version: 1,
    id: randomUUID(),
    account: nobody,
    provedAt: now,
    createdAt: now,
    methods: [],
    apps: {},
    device: 'latchkey doctor',
    place: '',
    remembered: false,
    idleSeconds: probeSeconds,
    absoluteSeconds: probeSeconds,
  };
  await store.createSignIn(slot, record, family.realm.present);
  return slot;
}

/** While secrets change an app may have the key of any of them. */
async function probeApp(probe: Probe): Promise<Fault | null> {
  const { family, app } = probe;
  let isKeyKnown = false;
  for (const secret of family.secrets) {
    const used = await usesToken(probe, secret);
    if (used !== false) return null;
    const other = { ...probe, slot: newSlot() };
    isKeyKnown ||= !(await refusesTokens(other, secret));
  }
  if (!isKeyKnown) {
    return {
      words: 'it opens no token of this login host: its app key is another',
      change: appKeyChange(app),
    };
  }
  return {
    words: 'it runs on another store than the config says: nobody who signs in is known there',
    change: `store, in the config that ${app.name} runs with, and the working directory of a relative path`,
  };
}

/** Whether a token was used up by the app in this very store; null where the app did not answer. */
async function usesToken(probe: Probe, secret: string): Promise<boolean | null> {
  const { web, app } = probe;
  const state = `${randomBytes(16).toString('base64url')}.Lw`;
  const token = tokenFor(probe, secret, state);
  const shown = await ask(web, arrivalAt(app.origin, { token, state }));
  if (shown.kind === 'silent' || shown.response.status >= 500) return null;
  const id = Buffer.from(token, 'base64url').toString('base64url', idStart, idEnd);
  return (await probe.store.takeOnce(probe.slot, { id, seconds: probeSeconds })) !== 'taken';
}

async function refusesTokens(probe: Probe, secret: string): Promise<boolean> {
  const { web, app } = probe;
  const begun = await ask(web, `${app.origin}/sign-in?return_to=/`);
  if (begun.kind === 'silent') return false;
  const { headers } = begun.response;
  const location = headers.get('location') ?? '';
  const state = URL.canParse(location) ? new URL(location).searchParams.get('state') : null;
  if (state === null) return false;
  const cookie = headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
  const init = { headers: { cookie: cookie.join('; '), accept: 'text/html' } };
  const token = tokenFor(probe, secret, state);
  const answer = await ask(web, arrivalAt(app.origin, { token, state }), init);
  return answer.kind === 'answered' && answer.response.status === 400;
}

function tokenFor({ family, app, store, slot }: Probe, secret: string, state: string): string {
  const { name, origin } = app;
  const appKey = deriveAppKey(secret, name);
  const key = derivePurposeKey(appKey, 'handshake token', family.realm.present);
  return mintToken(key, { app: name, origin, state, slot, at: store.now() }, randomBytes);
}

function newSlot(): Slot {
  const slot = parseSlot(randomBytes(12).toString('base64url'));
  if (slot === null) throw new Error('A new slot has the form of one.');
  return slot;
}
