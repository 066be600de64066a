import type { RequestDecision } from '../access/access-request.ts';

/** What the form of a decision says. */
export interface DecisionFields {
  /** Of the request. */
  readonly id: string;
  /** Null: the date is none. */
  readonly decision: RequestDecision | null;
  /** To be shown again. */
  readonly typed: { readonly until: string; readonly reason: string };
}

const dayMilliseconds = 86_400_000;
const dayPattern = /^\d{4}-\d\d-\d\d$/;
const names = ['id', 'act', 'until', 'role', 'reason'] as const;

/** Null for what no form of ours says: a field twice, an unknown act. Whether a role exists is not checked. */
export function decisionFields(form: URLSearchParams): DecisionFields | null {
  if (names.some((name) => form.getAll(name).length > 1)) return null;
  const [id, act, until = '', role = '', reason = ''] = names.map((name) => form.get(name) ?? '');
  if (!id) return null;
  const typed = { until, reason };
  if (act === 'deny') return { id, typed, decision: { kind: 'deny', reason } };
  if (act !== 'grant') return null;
  const end = until === '' ? null : endOfDay(until);
  if (end === undefined) return { id, typed, decision: null };
  return { id, typed, decision: { kind: 'grant', until: end, role: role === '' ? null : role } };
}

/** The first moment after a day, in UTC; undefined for a text that is no day. */
function endOfDay(text: string): number | undefined {
  const start = dayPattern.test(text) ? Date.parse(`${text}T00:00Z`) : Number.NaN;
  // A 31st of February would be taken for the 3rd of March.
  const isDay = !Number.isNaN(start) && new Date(start).toISOString().startsWith(text);
  return isDay ? start + dayMilliseconds : undefined;
}
