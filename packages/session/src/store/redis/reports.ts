import type { EndCause, ReportedEnding, SessionStore, Slot } from '../../session-store.ts';
import type { RedisCalls } from './calls.ts';
import type { RedisKeys } from './keys.ts';

type ReportMethods = Pick<SessionStore, 'readReports' | 'dropReports'>;

/** The stream of endings that apps of a realm reported. */
export function createRedisReports(calls: RedisCalls, keys: RedisKeys): ReportMethods {
  return {
    readReports: async (realm, limit) =>
      reportsIn(
        await calls.send(['XRANGE', keys.reports(realm), '-', '+', 'COUNT', String(limit)]),
      ),
    async dropReports(realm, ids) {
      const known = ids.filter((id) => /^\d+-\d+$/.test(id));
      if (known.length > 0) await calls.send(['XDEL', keys.reports(realm), ...known]);
    },
  };
}

function reportsIn(reply: unknown): ReportedEnding[] {
  if (!Array.isArray(reply)) return [];
  return (reply as [string, string[]][]).map(([id, fields]) => {
    const field = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
    return { id, slot: field('slot') as Slot, cause: field('cause') as EndCause };
  });
}
