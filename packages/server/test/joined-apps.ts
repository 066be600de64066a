import type { Kysely } from 'kysely';
import type { Database } from '../src/database/schema.ts';
import type { JoinedAppTable } from '../src/database/tables/sign-ins.ts';

/** An app that took part in a sign-in. */
export interface JoinedApp {
  readonly app: string;
  readonly reach: JoinedAppTable['reach'];
  /** The `sid` a relying party knows, else null. */
  readonly sid: string | null;
  readonly joinedAt: number;
}

/** The apps that joined a sign-in, in that order. */
export async function joinedApps(
  db: Kysely<Database>,
  signInId: string,
): Promise<readonly JoinedApp[]> {
  const rows = await db
    .selectFrom('joined_apps')
    .selectAll()
    .where('sign_in_id', '=', signInId)
    .orderBy('joined_at')
    .orderBy('app')
    .execute();
  return rows.map(({ app, reach, sid, joined_at }) => ({ app, reach, sid, joinedAt: joined_at }));
}
