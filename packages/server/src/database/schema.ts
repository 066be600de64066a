import type { Kysely } from 'kysely';
import { type AccessTables, createAccessTables } from './tables/access.ts';
import { type AccountTables, createAccountTables } from './tables/accounts.ts';
import { createLimitTables, type LimitTables } from './tables/limits.ts';
import { createMailTables, type MailTables } from './tables/mails.ts';
import { createNoticeTables, type NoticeTables } from './tables/notices.ts';
import { createOneTimeLinkTables, type OneTimeLinkTables } from './tables/one-time-links.ts';
import { createProviderTables, type ProviderTables } from './tables/provider.ts';
import { createRegistrationTables, type RegistrationTables } from './tables/registration.ts';
import { createSignInTables, type SignInTables } from './tables/sign-ins.ts';

/** The login host's tables, as Kysely sees them. Columns are written in `tables/`, a file for each capability. */
export interface Database
  extends AccountTables,
    AccessTables,
    SignInTables,
    LimitTables,
    NoticeTables,
    ProviderTables,
    OneTimeLinkTables,
    MailTables,
    RegistrationTables {}

/** What makes them, in order: a table that others refer to comes first. */
export const createTables: readonly ((db: Kysely<unknown>) => Promise<void>)[] = [
  createAccountTables,
  createAccessTables,
  createSignInTables,
  createLimitTables,
  createNoticeTables,
  createProviderTables,
  createRegistrationTables,
  createOneTimeLinkTables,
  createMailTables,
];
