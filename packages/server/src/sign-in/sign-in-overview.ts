import type { Kysely } from 'kysely';
import type { StoredAccount } from '../accounts/accounts.ts';
import type { Database } from '../database/schema.ts';
import { granted, liveSignIns } from './live-sign-ins.ts';
import { type StoredSignIn, toSignIn } from './sign-ins.ts';

/** A live sign-in, whose it is, and where it may go. */
export interface SignInOverview {
  readonly signIn: StoredSignIn;
  readonly account: Pick<StoredAccount, 'id' | 'email' | 'name'>;
  /** By name, the apps that the account may enter. */
  readonly apps: ReadonlyMap<string, EnterableApp>;
}

export interface EnterableApp {
  /** When the account's access to it changed last. */
  readonly changedAt: number;
  /** By which it knows this sign-in as a relying party, else null. */
  readonly sid: string | null;
}

/** Reads all of it at once: one statement. Null where the sign-in is not live. */
export async function readOverview(
  db: Kysely<Database>,
  signInId: string,
  at: number,
): Promise<SignInOverview | null> {
  const rows = await liveSignIns(db, at)
    .leftJoin('access', (join) => granted(join, at))
    .leftJoin('joined_apps', (join) =>
      join
        .onRef('joined_apps.sign_in_id', '=', 'sign_ins.id')
        .onRef('joined_apps.app', '=', 'access.app'),
    )
    .selectAll('sign_ins')
    .select(['accounts.email', 'accounts.name', 'access.app', 'access.changed_at'])
    .select('joined_apps.sid')
    .where('sign_ins.id', '=', signInId)
    .execute();
  const [first] = rows;
  if (first === undefined) return null;
  const apps = new Map<string, EnterableApp>();
  for (const { app, changed_at: changedAt, sid } of rows) {
    if (app !== null && changedAt !== null) apps.set(app, { changedAt, sid });
  }
  const account = { id: first.account_id, email: first.email, name: first.name };
  return { signIn: toSignIn(first), account, apps };
}
