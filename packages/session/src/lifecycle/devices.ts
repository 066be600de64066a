import { type ListedDevice, listedDevice } from '../session-object/listed-device.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import type { ListedSignIn } from '../session-store.ts';
import { signOut } from './end.ts';
import type { SessionsConfig } from './sessions-config.ts';

/** More than one account has, by the bounds of `start-sign-in.ts` and of the login host. */
const maxListed = 200;

/** The live sign-ins of the person, newest first; none for an anonymous visitor. */
export async function listDevices(
  config: SessionsConfig,
  session: SessionObject,
): Promise<readonly ListedDevice[]> {
  const own = session.slot();
  const listed = await signInsOf(config, session);
  return listed.map(({ slot, signIn, usedAt }) => listedDevice(signIn, usedAt, slot === own));
}

/** Ends every sign-in of the person but the one that the session belongs to; how many. */
export async function endOthers(config: SessionsConfig, session: SessionObject): Promise<number> {
  const own = session.slot();
  const others = (await signInsOf(config, session)).filter(({ slot }) => slot !== own);
  await endAll(config, others);
  return others.length;
}

/** Ends one sign-in of the person, by its id. `unknown`: the person has none of that id. */
export async function endDevice(
  config: SessionsConfig,
  session: SessionObject,
  id: string,
): Promise<'ended' | 'unknown'> {
  const found = (await signInsOf(config, session)).find(({ signIn }) => signIn.id === id);
  if (found === undefined) return 'unknown';
  if (found.slot === session.slot()) await signOut(config, session);
  else await endAll(config, [found]);
  return 'ended';
}

/** All are tried, also when one fails: the rest must not stay. */
async function endAll(
  { endSignIn }: SessionsConfig,
  signIns: readonly ListedSignIn[],
): Promise<void> {
  const outcomes = await Promise.allSettled(
    signIns.map(({ slot }) => endSignIn(slot, 'revoked-by-person')),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function signInsOf(
  config: SessionsConfig,
  session: SessionObject,
): Promise<readonly ListedSignIn[]> {
  const account = session.signInRecord?.account;
  return account === undefined ? [] : listSignIns(config, account.id, maxListed);
}

/** The live sign-ins of an account, newest first, at most `limit`; those made in a former realm among them. */
export async function listSignIns(
  { store, realm }: Pick<SessionsConfig, 'store' | 'realm'>,
  accountId: string,
  limit: number,
): Promise<readonly ListedSignIn[]> {
  if (realm.former.length === 0) return store.listSignIns(realm.present, accountId, limit);
  const realms = [realm.present, ...realm.former];
  const lists = await Promise.all(realms.map((one) => store.listSignIns(one, accountId, limit)));
  const all = lists.flat().sort((a, b) => b.signIn.createdAt - a.signIn.createdAt);
  return all.slice(0, limit);
}
