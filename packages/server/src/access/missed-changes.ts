import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { type SettleDeps, settleAccount } from './settle.ts';

/** Changes of access that did not reach live sign-ins yet. */
export interface MissedChanges {
  /** Brings a change where it counts; what fails is tried again by {@link MissedChanges.applyAll}. Gives the number of sign-ins. */
  settle(accountId: string): Promise<number>;
  /** See `Access.applyMissed`. */
  applyAll(): Promise<number>;
}

/** Milliseconds of changes that are looked at once more: a transaction may take that long to be seen. */
const overlapMilliseconds = 10_000;

export function createMissedChanges(deps: SettleDeps): MissedChanges {
  const missed = new Set<string>();
  let lookedAt = 0;

  async function settle(accountId: string, isChange: boolean): Promise<number> {
    missed.delete(accountId);
    try {
      return await settleAccount(deps, accountId, isChange);
    } catch (error) {
      missed.add(accountId);
      throw error;
    }
  }

  return {
    settle: (accountId) => settle(accountId, true),
    async applyAll() {
      await deps.rules.refresh();
      const at = deps.now();
      const since = Math.min(lookedAt, at) - overlapMilliseconds;
      const changed = await changedUnderSignIns(deps.db, since);
      const ranOut = await ranOutUnderSignIns(deps.db, since, at);
      for (const accountId of [...changed, ...ranOut]) missed.add(accountId);
      lookedAt = at;
      const accountIds = [...missed];
      for (const accountId of accountIds) await settle(accountId, false);
      return accountIds.length;
    },
  };
}

async function changedUnderSignIns(
  db: Kysely<Database>,
  since: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('access_changes')
    .innerJoin('sign_ins', 'sign_ins.account_id', 'access_changes.account_id')
    .select('access_changes.account_id')
    .distinct()
    .where('sign_ins.ended_at', 'is', null)
    .where('access_changes.changed_at', '>=', since)
    .whereRef('access_changes.changed_at', '>=', 'sign_ins.created_at')
    .execute();
  return rows.map((row) => row.account_id);
}

/** Apps let nobody in whose grant ran out, whatever is written; a relying party has to be told. */
async function ranOutUnderSignIns(
  db: Kysely<Database>,
  since: number,
  at: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('access')
    .innerJoin('sign_ins', 'sign_ins.account_id', 'access.account_id')
    .select('access.account_id')
    .distinct()
    .where('sign_ins.ended_at', 'is', null)
    .where('access.granted_until', '>=', since)
    .where('access.granted_until', '<=', at)
    .whereRef('access.granted_until', '>=', 'sign_ins.created_at')
    .execute();
  return rows.map((row) => row.account_id);
}
