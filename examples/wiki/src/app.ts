import type { RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import {
  entryUrl,
  type Family,
  memberOf,
  type Platform,
  type SessionStore,
} from '@latchkey/session';
import { latchkey, type NodeRequest, requireSignIn } from '@latchkey/session/node';

import { clientSecretFrom, createRelyingParty, type RelyingParty } from '@latchkey/sso';
import { type Health, live, readiness } from '@latchkey-example/family/health';
import {
  homePage,
  notFoundPage,
  type Page,
  signedInPage,
  type Visit,
} from '@latchkey-example/family/page';
import { articleList, userCard } from './articles.ts';
import { openWikiUsers, type WikiUsers } from './users.ts';

export interface WikiOptions {
  readonly family: Family;
  /** Default: `LATCHKEY_APP_KEY`. */
  readonly appKey?: string;
  /** Where the wiki keeps its own users and sessions. */
  readonly dataFolder: string;
  /** Where its sessions are kept instead, in tests. */
  readonly store?: SessionStore;
  readonly platform?: Partial<Platform>;
}

/** The wiki, with what it holds open. */
export interface Wiki {
  readonly listener: RequestListener;
  readonly users: WikiUsers;
  readonly party: RelyingParty;
  close(): Promise<void>;
}

interface Parts {
  readonly family: Family;
  readonly users: WikiUsers;
}

const name = 'wiki';

/** The wiki on node:http; see `main.ts` for how it is started. */
export function createWiki(options: WikiOptions): Wiki {
  const { family, dataFolder } = options;
  const users = openWikiUsers(join(dataFolder, 'wiki-users.db'));
  const party = createRelyingParty({
    issuer: family.loginHost.origin,
    clientId: name,
    clientSecret: clientSecretFrom(options.appKey ?? process.env['LATCHKEY_APP_KEY'], name),
    origin: memberOf(family, name).origin,
    // A store of its own: a relying party has no part in the family's.
    sessions: { store: options.store ?? `sqlite:${join(dataFolder, 'wiki-sessions.db')}` },
    findOrCreateUser: async (account) => users.findOrCreate(account),
    ...(options.platform === undefined ? {} : { platform: options.platform }),
  });
  const pages = latchkey(party)((request, response) =>
    answer({ family, users }, request, response),
  );
  return {
    users,
    party,
    listener: (request, response) => {
      // Before the sessions: a health check must not depend on what it checks.
      const path = request.url?.split('?', 1)[0];
      if (path === '/health/live') sendHealth(response, live);
      else if (path === '/health/ready') {
        readiness(party.store)
          .then((health) => sendHealth(response, health))
          .catch(() => response.destroy());
      } else pages(request, response);
    },
    async close() {
      await party.close();
      users.close();
    },
  };
}

function answer(parts: Parts, request: NodeRequest, response: ServerResponse): void {
  const path = request.url?.split('?', 1)[0] ?? '/';
  const { account, access } = request.session;
  // It has no part in the family's sessions: an app is entered by its own `/sign-in`, silently for who is signed in.
  const links = account === null ? {} : { linkTo: entryUrl };
  const visit: Visit = { family: parts.family, app: name, account, access, ...links };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD', 'cache-control': 'no-store' }).end();
  } else if (path === '/') {
    const lead = 'What kittens know. A relying party on node:http, with users of its own.';
    sendPage(response, homePage(visit, { lead, content: articleList() }));
  } else if (path === '/me') {
    const body = account === null ? { signedIn: false } : { signedIn: true, account, app: name };
    sendJson(response, account === null ? 401 : 200, body);
  } else if (path === '/private') {
    if (!requireSignIn(request, response)) return;
    const user = account === null ? null : parts.users.find(account.id);
    const lead = 'Only people who are signed in and may enter the wiki see this.';
    sendPage(response, signedInPage(visit, 'Your notes', { lead, content: userCard(user) }));
  } else sendPage(response, notFoundPage(visit));
}

function sendPage(response: ServerResponse, { status, headers, body }: Page): void {
  response.writeHead(status, { ...headers }).end(body);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
}

function sendHealth(response: ServerResponse, { status, body }: Health): void {
  sendJson(response, status, body);
}
