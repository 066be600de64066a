import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { hashId } from './session-adapter.ts';

/** Seconds a pushed request lives once a page was shown for it: as long as the form. */
const shownSeconds = 3_600;

/** What the provider keeps of a pushed request (RFC 9126): its parameters as an unsigned JWT, with a time of its own. */
interface PushedPayload {
  readonly exp: number;
  readonly request: string;
  /** Since when it lives as long as a form. */
  readonly shownAt?: number;
}

/** Lets a pushed request live as long as a form, from the first page that is shown for it. Later pages change nothing. */
export async function prolongPushedRequest(
  { db, now }: { readonly db: Kysely<Database>; readonly now: () => number },
  id: string,
): Promise<void> {
  const row = await db
    .selectFrom('oidc_records')
    .select('payload')
    .where('kind', '=', 'PushedAuthorizationRequest')
    .where('id_hash', '=', hashId(id))
    .executeTakeFirst();
  const payload = row === undefined ? null : (JSON.parse(row.payload) as PushedPayload);
  if (row === undefined || payload === null || payload.shownAt !== undefined) return;
  const shownAt = Math.floor(now() / 1000);
  const exp = shownAt + shownSeconds;
  const request = withExpiry(payload.request, exp);
  await db
    .updateTable('oidc_records')
    .set({ payload: JSON.stringify({ ...payload, exp, request, shownAt }), expires_at: exp * 1000 })
    .where('kind', '=', 'PushedAuthorizationRequest')
    .where('id_hash', '=', hashId(id))
    // Another tab may have been first, or the request may have been answered.
    .where('payload', '=', row.payload)
    .where('consumed_at', 'is', null)
    .execute();
}

/** What an app was told of a pushed request is its answer, an error too: nobody gets another one. */
export async function spendPushedRequest(
  { db, now }: { readonly db: Kysely<Database>; readonly now: () => number },
  id: string,
): Promise<void> {
  await db
    .updateTable('oidc_records')
    .set({ consumed_at: now() })
    .where('kind', '=', 'PushedAuthorizationRequest')
    .where('id_hash', '=', hashId(id))
    .where('consumed_at', 'is', null)
    .execute();
}

function withExpiry(jwt: string, exp: number): string {
  const [header = '', body = ''] = jwt.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as object;
  return `${header}.${Buffer.from(JSON.stringify({ ...claims, exp })).toString('base64url')}.`;
}
