import { LatchkeyError } from '../errors.ts';
import { invalidOption } from '../option-rules.ts';
import { createSlot } from '../session-id/session-id.ts';
import type { SignInChoices } from '../session-object/listed-device.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import { type Account, type SignInRecord, slotOf } from '../session-store.ts';
import { listSignIns } from './devices.ts';
import { joinSignIn } from './join-sign-in.ts';
import { broughtKeys, type EarlierSignIn, findEarlier } from './retired-ids.ts';
import type { NoSignIns, SessionsConfig, SignInLimits } from './sessions-config.ts';

const inFamily: NoSignIns = {
  refused:
    'session.signIn() is for apps outside a family: in a family people sign in at the login host, so redirect to /sign-in.',
};

/** A person whom the app has recognised. */
interface Recognised {
  readonly account: Account;
  readonly choices: SignInChoices;
}

/** How many sign-ins beyond the limit are looked for: those that came in the same moment. */
const maxSurplus = 50;

/**
 * Signs a person in: a new sign-in, and a new session id that belongs to it. Data of an
 * anonymous session is carried over. The sign-in that the session belonged to before ends. The second of two posts of one form
 * joins the sign-in of the first.
 */
export async function startSignIn(
  config: SessionsConfig,
  session: SessionObject,
  person: Recognised,
): Promise<void> {
  const limits = config.signIns ?? inFamily;
  if ('refused' in limits) throw invalidOption(limits.refused);
  checkAccount(person.account);
  const before = session.slot();
  if (await joinEarlier(config, session, person)) return;
  const slot = createSlot(config.platform.randomBytes);
  // It is dated by the store's clock, and a process that has just started has not asked it yet.
  await config.store.ping();
  const signIn = newSignIn(config, person, limits);
  const made = await config.store.createSignIn(slot, signIn, config.realm.present);
  if (made !== 'created') throw notKept();
  const joined = await joinSignIn(config, session, { slot, accountId: signIn.account.id });
  if (joined === 'earlier' && (await joinEarlier(config, session, person))) {
    await config.endSignIn(slot, 'replaced');
    return;
  }
  const isIn = joined === 'earlier' ? await joinSignIn(config, session, { slot }) : joined;
  if (isIn !== 'signed-in') throw notKept();
  if (before !== null) await config.endSignIn(before, 'replaced');
  await keepWithin(config, limits.maxPerAccount, { slot, signIn });
}

const defaultMethods: readonly string[] = ['pwd'];

/** Joins the sign-in that another post of the same form has made. False where there is none. */
async function joinEarlier(
  config: SessionsConfig,
  session: SessionObject,
  { account, choices }: Recognised,
): Promise<boolean> {
  const { remember = false, methods = defaultMethods } = choices;
  const earlier = await findEarlier(config, session);
  if (earlier === null || earlier.signIn.account.id !== account.id) return false;
  // Two posts of one form prove the same. A lesser proof must not get what a second factor stands for, nor a longer life.
  if (remember !== earlier.signIn.remembered) return false;
  if (methods.join('\n') !== earlier.signIn.methods.join('\n')) return false;
  // A session that was given a new id is no sign-in made by another post.
  if (broughtKeys(session).some((key) => slotOf(key) === earlier.slot)) return false;
  return (await joinSignIn(config, session, { slot: earlier.slot })) === 'signed-in';
}

/** Ends the sign-ins of an account that were made before its last `max`, never the one made now. */
async function keepWithin(config: SessionsConfig, max: number, own: EarlierSignIn): Promise<void> {
  const listed = await listSignIns(config, own.signIn.account.id, max + maxSurplus);
  for (const { slot } of listed.slice(max)) {
    if (slot !== own.slot) await config.endSignIn(slot, 'replaced');
  }
}

function newSignIn(
  { store, platform }: SessionsConfig,
  { account: { id, email, name }, choices }: Recognised,
  limits: SignInLimits,
): SignInRecord {
  const { methods = defaultMethods, device = '', place = '', remember = false } = choices;
  const { idleSeconds, absoluteSeconds } = remember ? limits.remembered : limits;
  const now = store.now();
  return {
    version: 1,
    id: uuidOf(platform.randomBytes(16)),
    account: { id, email, name },
    provedAt: now,
    methods,
    device: device.slice(0, 200),
    place: place.slice(0, 100),
    remembered: remember,
    apps: {},
    createdAt: now,
    idleSeconds,
    absoluteSeconds,
  };
}

/** RFC 9562, section 5.4. */
function uuidOf(bytes: Buffer): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return [...parts, hex.slice(20)].join('-');
}

/** A missing id would make every such person one and the same. */
function checkAccount(account: Account): void {
  const { id, email, name } = account;
  for (const [word, value] of Object.entries({ id, email, name })) {
    if (typeof value === 'string' && value.length <= 320) continue;
    throw invalidOption(
      `session.signIn(): account.${word} must be a text of at most 320 characters.`,
    );
  }
  if (id === '') throw invalidOption('session.signIn(): account.id must not be empty.');
}

function notKept(): LatchkeyError {
  return new LatchkeyError('store_unavailable', 'The sign-in ended while it was being made.');
}
