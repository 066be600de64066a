import { parseSetCookie } from 'cookie';
import { createFamilyApp, type FamilyAppOptions } from '../app/family-app.ts';
import type { AppHandler, Closable } from '../http/http-exchange.ts';
import type { Session, SessionAccess, SessionData } from '../session-object/session.ts';
import type { Account } from '../session-store.ts';
import { latchkey as latchkeyWeb, rejectWeb } from './web.ts';
import { beginVisit, privateByDefault, WebVisit } from './web-visit.ts';

/** What Next.js 16 has for it: `headers` and `cookies` of `next/headers`, `NextResponse` of `next/server`. */
export interface NextParts {
  headers(): Promise<{ get(name: string): string | null }>;
  cookies(): Promise<{ set(cookie: NextCookie): unknown }>;
  readonly NextResponse: { next(): Response };
}

/** A cookie as Next's `cookies().set()` takes it. */
export interface NextCookie {
  readonly name: string;
  readonly value: string;
  readonly path?: string;
  readonly domain?: string;
  readonly maxAge?: number;
  readonly httpOnly?: boolean;
  readonly secure?: boolean;
  readonly sameSite?: 'lax' | 'strict';
}

/** What a server component may know. It can change nothing: its headers have left already. */
export interface SessionView {
  readonly account: Account | null;
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
      routed(app, next, request, (session) => handler(request, session, context)),
    protectedRoute: (handler) => (request, context) =>
      routed(
        app,
        next,
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

async function routed(
  app: AppHandler,
  next: NextParts,
  request: Request,
  answer: (session: Session) => Response | Promise<Response>,
): Promise<Response> {
  const visit = await beginVisit(app, request, null);
  if (!(visit instanceof WebVisit)) return visit;
  let response: Response;
  try {
    response = await answer(visit.session);
  } catch (error) {
    // `redirect()` and `notFound()` are thrown; what was changed before them is to be kept.
    const saved = await visit.finish(new Response(null));
    await setCookies(saved.headers.getSetCookie(), next);
    throw error;
  }
  try {
    return await visit.finish(response);
  } catch (error) {
    return visit.refuse(error);
  }
}

/**
 * What the proxy says of caches goes over what the page or route behind it says, which nobody knows yet: with a cookie of ours it
 * must be no less than that.
 */
function withoutCaches(response: Response): Response {
  const goesOn = response.headers.has('x-middleware-next');
  if (goesOn && response.headers.getSetCookie().length > 0) {
    response.headers.set('cache-control', 'no-store');
  }
  return response;
}

/** Cookies stand in Next's own jar where Next makes the answer. */
async function setCookies(lines: readonly string[], next: NextParts): Promise<void> {
  if (lines.length === 0) return;
  const jar = await next.cookies();
  for (const line of lines) jar.set(nextCookie(line));
}

function nextCookie(line: string): NextCookie {
  const {
    name,
    value = '',
    path,
    domain,
    maxAge,
    httpOnly,
    secure,
    sameSite,
  } = parseSetCookie(line);
  return {
    name,
    value,
    httpOnly: httpOnly === true,
    secure: secure === true,
    ...(path === undefined ? {} : { path }),
    ...(domain === undefined ? {} : { domain }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(sameSite === 'lax' || sameSite === 'strict' ? { sameSite } : {}),
  };
}
