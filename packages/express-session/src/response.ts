import type { ServerResponse } from 'node:http';
import { type HeadHeaders, setHeaders } from '@latchkey/session/parts';
import { type HeldRedirect, holdRedirect } from './hold-redirect.ts';

/** What must be done before a response ends. */
export interface EndWork {
  /** Whether the head is written only then, since what is done decides about its cookie. */
  readonly isHeadLast: boolean;
  run(done: () => void): void;
}

/** What is done before a response leaves. */
export interface ResponseHooks {
  /** Called once, when status and headers are settled and can still be added to. */
  beforeHead(): void;
  /** Called when the app ended the response: null to let it go, else what must be done first. */
  beforeEnd(): EndWork | null;
  /** Told of what Node refuses to send, where the app could no longer be told by an exception. */
  fail(error: unknown): void;
}

/**
 * Puts the hooks into a response. While something is being done before its end, the headers count as sent for the app, as
 * they do in express-session, but nothing of the last part is on its way: who follows a redirect finds the session saved.
 */
export function hookResponse(response: ServerResponse, hooks: ResponseHooks): void {
  hookHead(response, hooks);
  const redirect = holdRedirect(response);
  hookEnd(response, hooks, redirect);
}

function hookHead(response: ServerResponse, hooks: ResponseHooks): void {
  const { writeHead } = response;
  let isFirst = true;
  response.writeHead = ((...args: unknown[]) => {
    if (!isFirst) return Reflect.apply(writeHead, response, args);
    const [status, second, third] = args;
    const hasReason = typeof second === 'string';
    response.statusCode = status as number;
    setHeaders(response, (hasReason ? third : (second ?? third)) as HeadHeaders | undefined);
    isFirst = false;
    hooks.beforeHead();
    // A hook or a listener may have set another status, whose phrase is not the given one.
    const isChanged = response.statusCode !== status;
    const head = isChanged || !hasReason ? [response.statusCode] : [status, second];
    return Reflect.apply(writeHead, response, head);
  }) as typeof writeHead;
}

function hookEnd(response: ServerResponse, hooks: ResponseHooks, redirect: HeldRedirect): void {
  const { end } = response;
  let hasEnded = false;
  response.end = ((...args: unknown[]) => {
    if (hasEnded) return response;
    hasEnded = true;
    try {
      const work = hooks.beforeEnd();
      const finish = (): unknown => {
        redirect.release();
        return Reflect.apply(end, response, args);
      };
      if (work === null) return finish();
      endAfter(response, work, { end: finish, fail: (error) => hooks.fail(error) });
    } catch (error) {
      // The app is told, and whoever handles its errors must be able to answer.
      hasEnded = response.writableEnded;
      throw error;
    }
    return response;
  }) as typeof end;
}

function endAfter(
  response: ServerResponse,
  work: EndWork,
  { end, fail }: Pick<ResponseHooks, 'fail'> & { end(): void },
): void {
  let isSync = true;
  let isDone = false;
  work.run(() => {
    if (isDone) return;
    isDone = true;
    if (isSync) return;
    try {
      end();
    } catch (error) {
      fail(error);
    }
  });
  isSync = false;
  if (isDone) end();
  else if (!response.headersSent && !work.isHeadLast) response.writeHead(response.statusCode);
}
