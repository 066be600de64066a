import type { CsrfGuard, GuardedContext, GuardedRequest } from '../csrf-guard.ts';
import type { AppHandler } from '../http/http-exchange.ts';
import type { Session } from '../session-object/session.ts';
import { isForm, maxFormBytes, readFields } from './form-fields.ts';

/**
 * What a web request that is refused is answered with, or null. `parsed` gives the fields of a body that was read before, or the
 * body itself; else a form is read from a copy, and the app can read it still.
 */
export async function refuseOnWeb(
  guard: CsrfGuard,
  { handler, session, request }: GuardedWebContext,
  parsed: () => Promise<unknown> = async () => undefined,
): Promise<Response | null> {
  const context: GuardedContext = { handler, session, request: guardedRequest(request) };
  const verdict = guard.judge(context);
  if (verdict !== 'unsure') return verdict;
  const form = request.bodyUsed ? await fieldsOf(request, await parsed()) : await readForm(request);
  return form === 'too-large'
    ? handler.refuseUnsafe('form-too-large', context.request.accept)
    : guard.judgeBody(context, form);
}

export interface GuardedWebContext {
  readonly handler: AppHandler;
  readonly session: Session;
  readonly request: Request;
}

function guardedRequest({ method, url, headers }: Request): GuardedRequest {
  return {
    method,
    path: new URL(url).pathname,
    secFetchSite: headers.get('sec-fetch-site'),
    origin: headers.get('origin'),
    referer: headers.get('referer'),
    token: headers.get('x-csrf-token'),
    accept: headers.get('accept') ?? undefined,
  };
}

function fieldsOf({ headers }: Request, parsed: unknown): unknown {
  const type = headers.get('content-type') ?? '';
  return parsed instanceof ArrayBuffer ? readFields(Buffer.from(parsed), type) : parsed;
}

/** The form in the body; null where there is none, or none that can be read. */
async function readForm(
  request: Request,
): Promise<FormData | URLSearchParams | 'too-large' | null> {
  const type = request.headers.get('content-type') ?? '';
  if (!isForm(type)) return null;
  if (Number(request.headers.get('content-length')) > maxFormBytes) return 'too-large';
  try {
    const bytes = await readUpTo(maxFormBytes, request.clone().body);
    return bytes === 'too-large' ? bytes : await readFields(bytes, type);
  } catch {
    // Not a form, whatever its type says, or the visitor left in the middle: no token came.
    return null;
  }
}

async function readUpTo(
  limit: number,
  body: ReadableStream<Uint8Array> | null,
): Promise<Buffer<ArrayBuffer> | 'too-large'> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  for (;;) {
    const { done = true, value } = (await reader?.read()) ?? {};
    if (done || value === undefined) return Buffer.concat(chunks);
    length += value.byteLength;
    if (length > limit) {
      // Not waited for: it is done only when the request's own body is let go, too.
      reader?.cancel().catch(() => undefined);
      return 'too-large';
    }
    chunks.push(value);
  }
}
