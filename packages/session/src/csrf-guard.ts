import type { AppHandler } from './http/http-exchange.ts';
import { refuseUnknown, requireOneOf, requireOrigin, requireTexts } from './option-rules.ts';
import { isCsrfTokenFor } from './request-guard/csrf-token.ts';
import { judgeUnsafeRequest, type RequestOrigin } from './request-guard/unsafe-request.ts';
import { csrfSecretKey } from './session-object/carry-over.ts';
import type { Session } from './session-object/session.ts';

/** What `csrf(...)` of every adapter takes. */
export interface CsrfOptions {
  /** Further origins whose pages may send unsafe requests to this app: `https://shop.example`. Default none. */
  readonly trustedOrigins?: readonly string[];
  /**
   * `'fallback'`, the default: a token decides only where neither Fetch Metadata nor `Origin` nor `Referer` says who sent a
   * request. `'always'`: every unsafe request needs one besides, as in Rails.
   */
  readonly tokens?: 'fallback' | 'always';
}

/** What the guard asks of a request, whatever the framework. */
export interface GuardedRequest extends RequestOrigin {
  /** Path as the browser asked for it, where the app is mounted included. The query does not count. */
  readonly path: string;
  /** The header `x-csrf-token`. */
  readonly token: string | null;
  readonly accept: string | undefined;
}

/** What the guard judges by. */
export interface GuardedContext {
  readonly handler: AppHandler;
  readonly session: Session;
  readonly request: GuardedRequest;
}

/** The guard of one `csrf(...)`. */
export interface CsrfGuard {
  /** By the headers alone. Null: the request may go on. `unsure`: {@link judgeBody} decides. */
  judge(context: GuardedContext): Response | 'unsure' | null;
  /** By a token in the fields of `body`: an object, `FormData`, `URLSearchParams`, or nothing. Null: it may go on. */
  judgeBody(context: GuardedContext, body: unknown): Response | null;
}

/** Form fields that may hold a token: that of Rails, and the one usual on Node. */
const fieldNames = ['authenticity_token', '_csrf'] as const;
const optionNames = ['trustedOrigins', 'tokens'];

/** Checks the options once. Throws `option_invalid`. */
export function createCsrfGuard(options: CsrfOptions = {}): CsrfGuard {
  const { trustedOrigins, tokens } = resolveOptions(options);
  return {
    judge(context) {
      const { handler, request } = context;
      const origins = [handler.origin, ...trustedOrigins];
      const verdict = judgeUnsafeRequest(request, { origins, tokens });
      if (verdict.kind === 'allowed') return null;
      if (verdict.kind === 'refused') return handler.refuseUnsafe(verdict.why, request.accept);
      return isGood(context, request.token) ? null : 'unsure';
    },
    judgeBody(context, body) {
      const fields = fieldsOf(body);
      if (fields.some((field) => isGood(context, field))) return null;
      const isMissing = [context.request.token, ...fields].every((token) => (token ?? '') === '');
      const why = isMissing ? 'token-missing' : 'token-wrong';
      return context.handler.refuseUnsafe(why, context.request.accept);
    },
  };
}

function isGood({ session, request }: GuardedContext, token: unknown): boolean {
  if (typeof token !== 'string') return false;
  return isCsrfTokenFor(session.data[csrfSecretKey], token, request);
}

/** For frameworks that have read the body by then: the answer instead of the app's, or null. */
export function refusalOf(
  guard: CsrfGuard,
  context: GuardedContext,
  body: unknown,
): Response | null {
  const verdict = guard.judge(context);
  return verdict === 'unsure' ? guard.judgeBody(context, body) : verdict;
}

/** At most one value for each name: several are given as a list, which is no token. */
function fieldsOf(body: unknown): readonly unknown[] {
  if (typeof body !== 'object' || body === null) return [];
  return fieldNames.map((name) => {
    if (!(body instanceof FormData) && !(body instanceof URLSearchParams)) {
      return Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : undefined;
    }
    const values = body.getAll(name);
    return values.length > 1 ? values : values[0];
  });
}

function resolveOptions(options: CsrfOptions): Required<CsrfOptions> {
  refuseUnknown(options, optionNames, 'csrf()');
  const { trustedOrigins = [], tokens = 'fallback' } = options;
  return {
    trustedOrigins: requireTexts(trustedOrigins, 'csrf(): trustedOrigins').map((origin, index) =>
      requireOrigin(origin, `csrf(): trustedOrigins[${index}]`),
    ),
    tokens: requireOneOf(tokens, ['fallback', 'always'], 'csrf(): tokens'),
  };
}
