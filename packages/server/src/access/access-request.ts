import type { Platform } from '@latchkey/session';
import type { Kysely, SelectQueryBuilder } from 'kysely';
import { isRowId } from '../database/row-id.ts';
import type { Database } from '../database/schema.ts';
import type { AccessRequestTable } from '../database/tables/access.ts';
import type { MailQueue } from '../mail/mail-queue.ts';
import type { Access } from './access.ts';
import type { AccessRules } from './access-rules.ts';

/** Characters of a reason, of whoever asks and of whoever decides. */
export const maxReasonLength = 500;
/** Milliseconds after a denial in which the same app is not asked for again. */
export const askAgainAfterMilliseconds: number = 24 * 3_600_000;

/** What became of asking. `too-soon`: it was denied less than a day ago. */
export type AskResult =
  | { readonly kind: 'asked' }
  | { readonly kind: 'refused'; readonly why: 'may-enter' | 'already-waiting' | 'reason-too-long' }
  | { readonly kind: 'refused'; readonly why: 'too-soon'; readonly until: number };

/** Where the last request of an account for an app stands, as the person is told. */
export interface RequestStatus {
  readonly app: string;
  readonly state: AccessRequestTable['state'];
  readonly requestedAt: number;
  readonly decidedAt: number | null;
  /** What the one who decided gave as reason, or null. */
  readonly reason: string | null;
  /** From when on the person may ask again, or null: at once. */
  readonly askableAt: number | null;
}

/** A request, as those see it who decide on it. */
export interface AccessRequest {
  /** UUID. */
  readonly id: string;
  readonly app: string;
  readonly accountId: string;
  readonly email: string;
  readonly name: string;
  readonly reason: string;
  readonly state: AccessRequestTable['state'];
  readonly requestedAt: number;
  readonly decidedAt: number | null;
  /** Name of the person who decided; null: an operator, or nobody yet. */
  readonly decidedBy: string | null;
}

/** How a request is decided. */
export type RequestDecision =
  | { readonly kind: 'grant'; readonly until: number | null; readonly role: string | null }
  | { readonly kind: 'deny'; readonly reason: string };

/**
 * What became of a decision. `unknown`: no such request, or one that the person has no say in, or of somebody who is not active, or for an app that
 * left the family. `own`: nobody but an
 * administrator decides on a request of their own. `already-decided`: somebody else was faster.
 */
export type DecideResult =
  | { readonly kind: 'decided' }
  | { readonly kind: 'already-decided'; readonly request: AccessRequest }
  | {
      readonly kind: 'refused';
      readonly why: 'unknown' | 'own' | 'until-past' | 'unknown-role' | 'reason-too-long';
    };

/** Requests for apps: people ask, approvers of the app and administrators decide, everybody concerned is told by mail. */
export interface AccessRequests {
  /** Asks for an app; at most one request for each waits. `reason`: the person's words, at most 500 characters (`packages/server/src/accounts/reason.ts`). */
  ask(asking: { accountId: string; app: string; reason: string }): Promise<AskResult>;
  /** The last request of an account for each app that it asked for. */
  statusOf(accountId: string): Promise<ReadonlyMap<string, RequestStatus>>;
  /** Those that wait, oldest first, at most 200. */
  waiting(apps: readonly string[]): Promise<readonly AccessRequest[]>;
  /** Null where the account has no say in it: other people's requests for other apps cannot be told from none. */
  find(deciderId: string, id: string): Promise<AccessRequest | null>;
  /**
   * Decides as an account that has a say in it at this moment. Of two decisions one holds. A grant or denial goes into live
   * sign-ins before it resolves, and rejects as `Access.grant` does.
   */
  decide(deciderId: string, id: string, decision: RequestDecision): Promise<DecideResult>;
}

/** What requests need. */
export interface RequestsDeps {
  readonly db: Kysely<Database>;
  readonly access: Access;
  readonly rules: AccessRules;
  readonly mail: MailQueue;
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
  readonly onEvent: Platform['onEvent'];
  /** Title and address of an app, or null where the family has none of that name. */
  readonly appOf: (name: string) => { readonly title: string; readonly href: string } | null;
  /** Where requests are decided on: a whole URL. */
  readonly approvalsUrl: string;
}

/** Requests with whose they are and who decided. */
export function selectRequests(
  db: Kysely<Database>,
): SelectQueryBuilder<Database, 'access_requests' | 'accounts', AccessRequest> {
  return db
    .selectFrom('access_requests')
    .innerJoin('accounts', 'accounts.id', 'access_requests.account_id')
    .leftJoin('accounts as deciders', 'deciders.id', 'access_requests.decided_by')
    .select([
      'access_requests.id',
      'access_requests.app',
      'access_requests.account_id as accountId',
      'accounts.email',
      'accounts.name',
      'access_requests.reason',
      'access_requests.state',
      'access_requests.requested_at as requestedAt',
      'access_requests.decided_at as decidedAt',
      'deciders.name as decidedBy',
    ])
    .$castTo<AccessRequest>() as unknown as SelectQueryBuilder<
    Database,
    'access_requests' | 'accounts',
    AccessRequest
  >;
}

/** Null also where the person is not active: nobody decides on who cannot come in. */
export async function findRequest(db: Kysely<Database>, id: string): Promise<AccessRequest | null> {
  if (!isRowId(id)) return null;
  const query = selectRequests(db)
    .where('access_requests.id', '=', id)
    .where('accounts.state', '=', 'active');
  return (await query.executeTakeFirst()) ?? null;
}
