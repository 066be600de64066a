import { randomBytes } from 'node:crypto';
import {
  defineFamily,
  type Family,
  type FamilyOptions,
  type LatchkeyEvent,
} from '@latchkey/session';
import { adoptRules } from '../src/access/access-rules.ts';
import { createFirstRequests, requestPlaces } from '../src/access/first-request.ts';
import { createMailQueue, type MailQueue } from '../src/mail/mail-queue.ts';
import type { NewMail } from '../src/mail/message.ts';
import { openMail } from '../src/mail/sealed-mail.ts';
import { createOneTimeLinks, type OneTimeLinks } from '../src/one-time-links/one-time-links.ts';
import { type AccountDecisions, createAccountDecisions } from '../src/registration/decisions.ts';
import { createInvitations, type Invitations } from '../src/registration/invitations.ts';
import { fromNowhere } from '../src/registration/origin.ts';
import {
  createRegistrations,
  type FinishResult,
  type Registrations,
} from '../src/registration/registrations.ts';
import { createWaitingNews, type WaitingNews } from '../src/registration/tell-administrators.ts';
import { asWritten } from './databases.ts';
import { cheapPasswords, openTestLoginHost, type TestLoginHost } from './login-host.ts';

/** Registration on a database of its own, without routes, and every mail that it wrote. */
export interface RegistrationDesk {
  readonly host: TestLoginHost;
  /** Another config, as after a restart. */
  configure(people: NonNullable<FamilyOptions['people']>): void;
  readonly links: OneTimeLinks;
  readonly mails: MailQueue;
  readonly registrations: Registrations;
  readonly invitations: Invitations;
  readonly decisions: AccountDecisions;
  readonly news: WaitingNews;
  readonly events: readonly LatchkeyEvent[];
  /** How many passwords were hashed. */
  hashes(): number;
  /** In the order in which they were written, also those that are not delivered yet. */
  mailbox(to?: string): Promise<readonly NewMail[]>;
  /** The token of the last link that was sent to an address. */
  token(to: string): Promise<string>;
  /** Asks with an address, and finishes by the link in the mail. */
  register(name: string): Promise<FinishResult>;
}

export const goodPassword = 'zebra oven lamp on a hill';
const keys = [Buffer.alloc(32, 7)];

export async function openRegistrationDesk(
  people: FamilyOptions['people'] = { registration: 'open' },
): Promise<RegistrationDesk> {
  const host = await openTestLoginHost();
  const { db, clock } = host;
  const { now } = clock;
  let configured = testFamily(people);
  const family: Pick<Family, 'name' | 'people' | 'loginHost' | 'apps'> = {
    ...configured,
    get people() {
      return configured.people;
    },
  };
  const events: LatchkeyEvent[] = [];
  const platform = { now, randomBytes, onEvent: (event: LatchkeyEvent) => void events.push(event) };
  const mails = createMailQueue({ keys, now, randomBytes });
  const links = createOneTimeLinks({ db, now, randomBytes });
  const rules = await adoptRules({ db, now }, testFamily(people));
  const asking = { rules, mail: mails, now, randomBytes, ...requestPlaces(family) };
  const firstRequests = createFirstRequests(asking);
  const parts = { db, family, links, mails, platform, firstRequests };
  const invitations = createInvitations(parts);
  const news = createWaitingNews(parts);
  const passwords = countedPasswords();
  const onWaiting = (): void => undefined;
  const registrations = createRegistrations({ ...parts, passwords, invitations, onWaiting });
  const mailbox = (to?: string) => readMails(host, to);
  const token = async (to: string): Promise<string> => {
    const message = (await mailbox(to)).at(-1)?.message;
    const link = message !== undefined && 'link' in message ? message.link : '';
    return new URL(link).searchParams.get('token') ?? '';
  };
  return {
    host,
    configure(changed) {
      configured = testFamily(changed);
    },
    links,
    mails,
    registrations,
    invitations,
    decisions: createAccountDecisions(parts),
    news,
    events,
    hashes: passwords.hashes,
    mailbox,
    token,
    async register(name) {
      const email = `${name}@kittens.example`;
      await registrations.ask({ email, language: 'en', from: fromNowhere });
      const link = { token: await token(email), purpose: 'confirm-registration' } as const;
      return registrations.finish({
        link,
        name,
        password: goodPassword,
        reason: '',
        language: 'en',
      });
    },
  };
}

function countedPasswords() {
  let hashes = 0;
  return {
    hashes: () => hashes,
    judge: cheapPasswords.judge,
    hash: (password: string) => {
      hashes += 1;
      return cheapPasswords.hash(password);
    },
  };
}

async function readMails({ db }: TestLoginHost, to?: string): Promise<readonly NewMail[]> {
  const rows = await db.selectFrom('mails').selectAll().orderBy(asWritten).execute();
  return rows
    .map(({ id, payload }) => openMail(payload ?? '', { id, keys }))
    .filter((mail) => mail !== null && (to === undefined || mail.to === to)) as NewMail[];
}

function testFamily(people: FamilyOptions['people']): Family {
  return defineFamily({
    name: 'Kittens',
    loginHost: 'https://login.kittens.example',
    store: 'memory:',
    ...(people === undefined ? {} : { people }),
    apps: {
      shop: { origin: 'https://shop.example' },
      toys: { origin: 'https://toys.example' },
      news: { origin: 'https://news.example', access: 'everyone' },
    },
  });
}
