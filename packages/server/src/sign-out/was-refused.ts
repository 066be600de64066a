import { type ExpressionBuilder, type ExpressionWrapper, type SqlBool, sql } from 'kysely';
import type { Database } from '../database/schema.ts';

/** The last try of the notice was turned down by its app, with a 4xx or a redirect. */
export function wasRefused(
  eb: ExpressionBuilder<Database, 'notices'>,
): ExpressionWrapper<Database, 'notices', SqlBool> {
  // A pattern, which is no result itself.
  const like = (pattern: string) => sql<SqlBool>`${eb.ref('last_result')} like ${pattern}`;
  return eb.or([like('refused%'), like('redirected%')]);
}
