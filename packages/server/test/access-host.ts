import { randomBytes } from 'node:crypto';
import type { AccessRequests } from '../src/access/access-request.ts';
import type { AppRule } from '../src/access/access-rules.ts';
import { type Approvers, createApprovers } from '../src/access/approvers.ts';
import { createGroups, type Groups } from '../src/access/groups.ts';
import { createRequests } from '../src/access/requests.ts';
import { createMailQueue } from '../src/mail/mail-queue.ts';
import { openTestLoginHost, type TestLoginHost } from './login-host.ts';

/** A login host without routes where people ask for apps. */
export interface AccessHost {
  readonly host: TestLoginHost;
  readonly requests: AccessRequests;
  readonly approvers: Approvers;
  readonly groups: Groups;
  /** The config has the app no more. */
  leaveFamily(app: string): void;
  /** Recipients and kinds of all mails, oldest first. */
  mails(): Promise<readonly string[]>;
  /** Somebody asks; the id of the request. */
  asked(accountId: string, app?: string): Promise<string>;
}

const rule: AppRule = { access: 'request', roles: ['reader', 'editor'], changedAt: 0 };

/** `shop` and `blog` are asked for, and have the roles `reader` and `editor`. */
export async function openAccessHost(): Promise<AccessHost> {
  const rules = new Map(['shop', 'blog', 'wiki'].map((app) => [app, rule]));
  const host = await openTestLoginHost({
    rules: { current: () => rules, refresh: () => Promise.resolve() },
  });
  const { db, access, clock } = host;
  const { now } = clock;
  const onEvent = (event: TestLoginHost['doings'][number]): void => void host.doings.push(event);
  const mail = createMailQueue({ keys: [randomBytes(32)], now, randomBytes });
  const parts = { db, now, randomBytes, onEvent };
  const requests = createRequests({
    ...parts,
    access,
    mail,
    rules: { current: () => rules, refresh: () => Promise.resolve() },
    appOf: (name) =>
      rules.has(name) ? { title: `The ${name}`, href: `https://${name}.example` } : null,
    approvalsUrl: 'https://login.example/approvals',
  });
  return {
    host,
    requests,
    leaveFamily: (app) => void rules.delete(app),
    approvers: createApprovers(parts),
    groups: createGroups({ ...parts, apply: access.apply }),
    async mails() {
      const rows = await db
        .selectFrom('mails')
        .select(['recipient', 'kind'])
        .orderBy('created_at')
        .orderBy('recipient')
        .execute();
      return rows.map(({ recipient, kind }) => `${recipient} ${kind}`);
    },
    async asked(accountId, app = 'shop') {
      const result = await requests.ask({ accountId, app, reason: 'I sell things' });
      if (result.kind !== 'asked') throw new Error(`Not asked: ${result.why}`);
      const row = await db
        .selectFrom('access_requests')
        .select('id')
        .where('account_id', '=', accountId)
        .where('state', '=', 'waiting')
        .where('app', '=', app)
        .executeTakeFirstOrThrow();
      return row.id;
    },
  };
}
