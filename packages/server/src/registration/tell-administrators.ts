import type { Family, Platform } from '@latchkey/session';
import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { MailQueue } from '../mail/mail-queue.ts';
import { createRounds, type Rounds } from '../sign-out/rounds.ts';

/** Milliseconds between two mails to administrators about people who wait: a flood of them fills no mailbox. */
export const tellIntervalMilliseconds = 3_600_000;
const topic = 'accounts-waiting';
const roundMilliseconds = 30_000;

/** Tells administrators of people who wait for approval. */
export interface WaitingNews extends Rounds {
  /**
   * Writes one mail to each active administrator about all of whom none was told, unless one went out less than an hour ago; then a
   * later call does. Exact for any number of processes. Gives whether mails were written.
   */
  tell(): Promise<boolean>;
  /** Somebody waits: {@link tell} soon. Never rejects; what fails is done in the next round. */
  wake(): void;
}

/** What {@link createWaitingNews} needs. */
export interface WaitingNewsDeps {
  readonly db: Kysely<Database>;
  readonly family: Pick<Family, 'loginHost'>;
  readonly mails: MailQueue;
  readonly platform: Pick<Platform, 'now'>;
}

export function createWaitingNews(deps: WaitingNewsDeps): WaitingNews {
  const tellNow = () => tell(deps);
  // What fails here is the database, of which others tell.
  const tellLater = () => tellNow().catch(() => false);
  return {
    ...createRounds(tellLater, roundMilliseconds),
    tell: tellNow,
    wake: () => void tellLater(),
  };
}

async function tell(deps: WaitingNewsDeps): Promise<boolean> {
  const { db, mails, platform } = deps;
  if (!(await isAnyUntold(db))) return false;
  const isTold = await db.transaction().execute(async (transaction) => {
    if (!(await takeTurn(transaction, platform.now()))) return false;
    await writeMails(deps, transaction);
    return true;
  });
  if (isTold) mails.wake();
  return isTold;
}

/** Of those whose account was decided on by other means nobody has to be told. */
async function isAnyUntold(db: Kysely<Database>): Promise<boolean> {
  const row = await db
    .selectFrom('untold_accounts')
    .innerJoin('accounts', 'accounts.id', 'untold_accounts.account_id')
    .select('accounts.id')
    .where('accounts.state', '=', 'pending')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether the hour is over; of several who ask at once one is told so. */
async function takeTurn(transaction: Transaction<Database>, at: number): Promise<boolean> {
  const row = await transaction
    .insertInto('told_administrators')
    .values({ topic, told_at: at })
    .onConflict((conflict) =>
      conflict
        .column('topic')
        .doUpdateSet({ told_at: at })
        .where('told_administrators.told_at', '<=', at - tellIntervalMilliseconds),
    )
    .returning('topic')
    .executeTakeFirst();
  return row !== undefined;
}

async function writeMails(
  { mails, family }: WaitingNewsDeps,
  transaction: Transaction<Database>,
): Promise<void> {
  await transaction.deleteFrom('untold_accounts').execute();
  const waiting = transaction.selectFrom('accounts').where('state', '=', 'pending');
  const newest = await waiting
    .select(['name', 'email'])
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  const { count } = await waiting
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  if (newest === undefined) return;
  const link = `${family.loginHost.origin}/approvals`;
  const others = Number(count) - 1;
  for (const { email, locale } of await administrators(transaction)) {
    const message = { kind: 'account-waiting', link, others, ...newest } as const;
    await mails.add(transaction, { to: email, language: locale, message });
  }
}

/** In the order of their addresses, since each mail locks one (`MailQueue.add`). */
function administrators(
  transaction: Transaction<Database>,
): Promise<readonly { readonly email: string; readonly locale: string | null }[]> {
  return transaction
    .selectFrom('accounts')
    .select(['email', 'locale'])
    .where('administrator', '=', 1)
    .where('state', '=', 'active')
    .orderBy('email_key')
    .execute();
}
