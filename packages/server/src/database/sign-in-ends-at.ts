import { type RawBuilder, sql } from 'kysely';

/** When a row of `sign_ins` is too old: milliseconds since 1970. For queries that select from that table by its name. */
export const signInEndsAt: RawBuilder<number> = sql<number>`sign_ins.created_at + sign_ins.absolute_seconds * 1000`;
