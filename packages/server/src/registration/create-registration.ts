import type { Family, Platform } from '@latchkey/session';
import type { Kysely } from 'kysely';
import type { AccessRules } from '../access/access-rules.ts';
import { createFirstRequests, requestPlaces } from '../access/first-request.ts';
import type { Passwords } from '../accounts/passwords.ts';
import type { Database } from '../database/schema.ts';
import type { MailQueue } from '../mail/mail-queue.ts';
import { createOneTimeLinks } from '../one-time-links/one-time-links.ts';
import { type AccountDecisions, createAccountDecisions } from './decisions.ts';
import { createInvitations, type Invitations } from './invitations.ts';
import { createRegistrations, type Registrations } from './registrations.ts';
import { createWaitingNews, type WaitingNews } from './tell-administrators.ts';

/** Everything of this folder but its routes. */
export interface Registration {
  readonly registrations: Registrations;
  readonly invitations: Invitations;
  readonly decisions: AccountDecisions;
  readonly waitingNews: WaitingNews;
}

/** What {@link createRegistration} needs. */
export interface RegistrationDeps {
  readonly db: Kysely<Database>;
  readonly family: Family;
  readonly mails: MailQueue;
  readonly passwords: Pick<Passwords, 'judge' | 'hash'>;
  readonly rules: AccessRules;
  readonly platform: Pick<Platform, 'now' | 'randomBytes' | 'onEvent'>;
}

export function createRegistration(deps: RegistrationDeps): Registration {
  const { db, family, mails: mail, platform, rules } = deps;
  const { now, randomBytes } = platform;
  const links = createOneTimeLinks({ db, now, randomBytes });
  const asking = { mail, now, randomBytes, rules, ...requestPlaces(family) };
  const parts = { ...deps, links, firstRequests: createFirstRequests(asking) };
  const invitations = createInvitations(parts);
  const waitingNews = createWaitingNews(parts);
  const onWaiting = waitingNews.wake;
  return {
    registrations: createRegistrations({ ...parts, invitations, onWaiting }),
    invitations,
    decisions: createAccountDecisions(parts),
    waitingNews,
  };
}
