import type { EndCause, ReportedEnding, SessionStore, Slot } from '../../session-store.ts';
import type { RedisCalls } from './calls.ts';

type ReportMethods = Pick<SessionStore, 'readReports' | 'dropReports'>;

/** The stream of endings that apps reported. */
export function createRedisReports(calls: RedisCalls, reports: string): ReportMethods {
  return {
    readReports: async (limit) =>
      reportsIn(await calls.send(['XRANGE', reports, '-', '+', 'COUNT', String(limit)])),
    async dropReports(ids) {
      const known = ids.filter((id) => /^\d+-\d+$/.test(id));
      if (known.length > 0) await calls.send(['XDEL', reports, ...known]);
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
