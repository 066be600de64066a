import { createFamilyApp, type FamilyAppOptions } from '../app/family-app.ts';
import type { AppHandler, Closable } from '../http/http-exchange.ts';
import type { Session, SessionAccess, SessionData } from '../session-object/session.ts';
import type { AppAccount } from '../session-store.ts';
import { adapterApp } from './enter-app.ts';
import { type NextParts, setCookies } from './next-parts.ts';
import { createRouteAnswers, withoutCaches } from './next-route.ts';
import { latchkey as latchkeyWeb } from './web.ts';
import { privateByDefault, rejectWeb } from './web-context.ts';

export type { NextCookie, NextParts } from './next-parts.ts';

/** What a server component may know. It can change nothing: its headers have left already. */
export interface SessionView {
  readonly account: AppAccount | null;
  readonly signedIn: boolean;
  readonly access: SessionAccess;
  readonly data: Readonly<SessionData & Record<string, unknown>>;
}

/** A route handler that finds a session. `context` is Next's, with the parameters of the path. */
export type SessionRoute<Context> = (
  request: Request,
  session: Session,
  context: Context,
) => Response | Promise<Response>;

/** Sessions in an app on Next.js 16. `close()` frees its store. */
export interface NextSessions extends Closable {
  /**
   * For `proxy.ts`, in front of every page: refuses other hosts, serves Latchkey's own routes (`/sign-in`, `/sign-out`,
   * `/_latchkey/…`), renews the cookie, and asks for a sign-in where `isProtected` says so of a path.
   */
  proxy(isProtected?: (path: string) => boolean): (request: Request) => Promise<Response>;
  /** Wraps a route handler: saves what it changed, sets the cookie. */
  route<Context>(
    handler: SessionRoute<Context>,
  ): (request: Request, context: Context) => Promise<Response>;
  /** The same for one that needs a sign-in: else the hop to the login host, 401 for programs, 403 without access. */
  protectedRoute<Context>(
    handler: SessionRoute<Context>,
  ): (request: Request, context: Context) => Promise<Response>;
  /** For server components. */
  session(): Promise<SessionView>;
  /** Wraps a server action: saves what it changed and sets the cookie, also when it ends by `redirect()`. */
  action<Args extends readonly unknown[], Result>(
    work: (session: Session, ...args: Args) => Promise<Result>,
  ): (...args: Args) => Promise<Result>;
}

/**
 * Sessions for Next.js 16: takes a family app or a ready app handler, and Next's own functions. The proxy must run on the Node
 * runtime, which is its only one in Next.js 16. Throws at start; see `createFamilyApp`.
 *
 * @example
 * ```ts
 * import { latchkey } from '@latchkey/session/next';
 * import { cookies, headers } from 'next/headers';
 * import { NextResponse } from 'next/server';
 * import family from './latchkey.config.ts';
 *
 * export const sessions = latchkey({ family, app: 'toys' }, { cookies, headers, NextResponse });
 * export const proxy = sessions.proxy((path) => path.startsWith('/account'));
 * ```
 */
export function latchkey(options: FamilyAppOptions | AppHandler, next: NextParts): NextSessions {
  const app = 'open' in options ? options : createFamilyApp(options);
  const answer = createRouteAnswers(adapterApp(app), next);
  const cookieHeader = async (): Promise<string | undefined> =>
    (await next.headers()).get('cookie') ?? undefined;
  const open = latchkeyWeb(app);
  return {
    close: () => app.close(),
    proxy(isProtected = () => false) {
      const serve = open((request, session) => {
        const isAsked = isProtected(new URL(request.url).pathname);
        const refusal = isAsked ? rejectWeb(app, request, session) : null;
        if (refusal !== null || !isAsked) return refusal ?? next.NextResponse.next();
        return privateByDefault(next.NextResponse.next());
      });
      return async (request) => withoutCaches(await serve(request));
    },
    route: (handler) => (request, context) =>
      answer(request, (session) => handler(request, session, context)),
    protectedRoute: (handler) => (request, context) =>
      answer(
        request,
        async (session) =>
          rejectWeb(app, request, session) ??
          privateByDefault(await handler(request, session, context)),
      ),
    async session() {
      const { session } = await app.open(await cookieHeader());
      const { account, signedIn, access } = session;
      return { account, signedIn, access, data: Object.freeze({ ...session.data }) };
    },
    action:
      (work) =>
      async (...args) => {
        const opened = await app.open(await cookieHeader());
        const releases: (() => void)[] = [];
        opened.session.attach({
          touched: () => undefined,
          watched: (release) => void releases.push(release),
        });
        try {
          return await work(opened.session, ...args);
        } finally {
          for (const release of releases) release();
          // `redirect()` is thrown, and what was changed before it is to be kept.
          await setCookies(await opened.commit(), next);
        }
      },
  };
}
