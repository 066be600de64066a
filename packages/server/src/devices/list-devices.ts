import type { SessionStore } from '@latchkey/session';
import type { Realms, Slot } from '@latchkey/session/parts';
import type { Kysely } from 'kysely';
import type { Person } from '../browser/visitor.ts';
import type { Database } from '../database/schema.ts';
import type { Device } from '../pages/devices-page.ts';
import type { SignIns } from '../sign-in/sign-ins.ts';
import type { StoredSignIn } from '../sign-in/stored-sign-in.ts';

/** What listing needs. */
export interface ListDevicesDeps {
  readonly db: Kysely<Database>;
  readonly store: Pick<SessionStore, 'listSignIns' | 'readSignIn' | 'now'>;
  readonly realm: Realms;
  readonly signIns: Pick<SignIns, 'listLive'>;
  readonly now: () => number;
  /** Names of all apps of the family, in the order of the config. */
  readonly apps: readonly string[];
  /** Those that know a sign-in by the shared cookie, without joining it: where the login host sets that cookie. */
  readonly sharedApps: readonly string[];
  /** What people call an app. */
  readonly titleOf: (app: string) => string;
  /** The apps that the account may enter now. */
  readonly grantedApps: (accountId: string) => Promise<Readonly<Record<string, unknown>>>;
}

/** More than one account has (`maxSignInsPerAccount`). */
const maxListed = 200;

/**
 * The sign-ins that live by SQL and by the session store, this one first, then those used last. SQL alone would list what
 * idled out a moment ago, the store alone what it should have forgotten.
 */
export async function listDevices(
  deps: ListDevicesDeps,
  person: Pick<Person, 'accountId' | 'signInId'>,
): Promise<readonly Device[]> {
  const { accountId, signInId } = person;
  const [live, uses, granted] = await Promise.all([
    deps.signIns.listLive(accountId),
    listUses(deps, accountId),
    deps.grantedApps(accountId),
  ]);
  const joined = await joinedBySignIn(deps.db, live);
  const devices = await Promise.all(
    live.map(async (signIn): Promise<readonly Device[]> => {
      // Not in the realm's index where the sign-in was made in a former one.
      const usedAt =
        uses.get(signIn.slot) ?? (await deps.store.readSignIn(signIn.slot))?.usedAt ?? null;
      if (usedAt === null) return [];
      const { id, device, place, remembered } = signIn;
      return [
        {
          signInId: id,
          isThis: id === signInId,
          device,
          place,
          remembered,
          signedInAgo: Math.max(0, deps.now() - signIn.createdAt),
          usedAgo: Math.max(0, deps.store.now() - usedAt),
          apps: deps.apps
            .filter(
              (app) =>
                joined.get(id)?.has(app) ||
                (deps.sharedApps.includes(app) && Object.hasOwn(granted, app)),
            )
            .map(deps.titleOf),
        },
      ];
    }),
  );
  return devices
    .flat()
    .sort((a, b) => Number(b.isThis) - Number(a.isThis) || a.usedAgo - b.usedAgo);
}

/** Last uses by slot. */
async function listUses(
  { store, realm }: ListDevicesDeps,
  accountId: string,
): Promise<ReadonlyMap<Slot, number>> {
  const listed = await store.listSignIns(realm.present, accountId, maxListed);
  return new Map(listed.map(({ slot, usedAt }) => [slot, usedAt]));
}

async function joinedBySignIn(
  db: Kysely<Database>,
  signIns: readonly StoredSignIn[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  if (signIns.length === 0) return new Map();
  const ids = signIns.map(({ id }) => id);
  const rows = await db
    .selectFrom('joined_apps')
    .select(['sign_in_id', 'app'])
    .where('sign_in_id', 'in', ids)
    .execute();
  const bySignIn = Map.groupBy(rows, (row) => row.sign_in_id);
  return new Map([...bySignIn].map(([id, all]) => [id, new Set(all.map(({ app }) => app))]));
}
