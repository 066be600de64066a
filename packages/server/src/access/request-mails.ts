import type { Transaction } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { AccessRequest, RequestDecision, RequestsDeps } from './access-request.ts';

/** Of an app whose approvers and administrators are many, these many are told. */
const maxTold = 50;

/** Tells those who decide on requests for the app, the person who asks excepted. */
export async function mailApprovers(
  { mail, appOf, approvalsUrl }: Pick<RequestsDeps, 'mail' | 'appOf' | 'approvalsUrl'>,
  transaction: Transaction<Database>,
  asked: { readonly accountId: string; readonly app: string; readonly reason: string },
): Promise<void> {
  const { accountId, app, reason } = asked;
  const person = await transaction
    .selectFrom('accounts')
    .select(['name', 'email'])
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow();
  // By address: the queue locks a row for each.
  const told = await transaction
    .selectFrom('accounts')
    .select(['email', 'locale'])
    .where('state', '=', 'active')
    .where('id', '!=', accountId)
    .where((eb) =>
      eb.or([
        eb('administrator', '=', 1),
        eb('id', 'in', eb.selectFrom('approvers').select('account_id').where('app', '=', app)),
      ]),
    )
    .orderBy('email_key')
    .limit(maxTold)
    .execute();
  const title = appOf(app)?.title ?? app;
  const message = {
    kind: 'access-waiting',
    link: approvalsUrl,
    app: title,
    reason,
    ...person,
  } as const;
  for (const { email: to, locale } of told) {
    await mail.add(transaction, { to, language: locale, message });
  }
}

/** Tells the person what was decided. */
export async function mailDecision(
  { mail }: RequestsDeps,
  transaction: Transaction<Database>,
  decided: {
    readonly request: AccessRequest;
    /** The app that was asked for. */
    readonly app: { readonly title: string; readonly href: string };
    readonly decision: RequestDecision;
  },
): Promise<void> {
  const { request, app, decision } = decided;
  const { locale } = await transaction
    .selectFrom('accounts')
    .select('locale')
    .where('id', '=', request.accountId)
    .executeTakeFirstOrThrow();
  const message =
    decision.kind === 'grant'
      ? ({ kind: 'access-granted', app: app.title, link: app.href } as const)
      : ({ kind: 'access-denied', app: app.title, reason: decision.reason || null } as const);
  await mail.add(transaction, { to: request.email, language: locale, message });
}
