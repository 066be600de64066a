import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { MaybePromise } from '../platform.ts';

type HeaderArgument = OutgoingHttpHeaders | readonly OutgoingHttpHeader[];
type Call = () => unknown;

/**
 * Calls `commit` when the headers of a Node response are about to leave, adds the cookie lines it returns, and holds the
 * response back until then: who follows a redirect at once must find the session saved. `fail` answers when `commit`
 * rejects; nothing has been sent by then.
 */
export function holdResponse(
  outgoing: ServerResponse,
  commit: () => MaybePromise<readonly string[]>,
  fail: (error: unknown) => void,
): void {
  const { writeHead, write, end, flushHeaders } = outgoing;
  let waiting: Call[] | null = null;

  const release = (): void => {
    Object.assign(outgoing, { writeHead, write, end, flushHeaders });
  };
  const leave = (lines: readonly string[]): void => {
    release();
    if (!outgoing.headersSent) for (const line of lines) outgoing.appendHeader('set-cookie', line);
  };
  const fire = (call: Call): void => {
    if (waiting !== null) {
      waiting.push(call);
      return;
    }
    waiting = [call];
    let lines: MaybePromise<readonly string[]>;
    try {
      lines = commit();
    } catch (error) {
      release();
      fail(error);
      return;
    }
    const replay = (ready: readonly string[]): void => {
      leave(ready);
      for (const held of waiting ?? []) held();
    };
    if (!(lines instanceof Promise)) {
      replay(lines);
      return;
    }
    lines.then(replay, (error: unknown) => {
      release();
      fail(error);
    });
  };

  outgoing.writeHead = ((...args: Parameters<typeof writeHead>) => {
    fire(() => writeHeadKeepingCookies(outgoing, writeHead, args));
    return outgoing;
  }) as typeof writeHead;
  outgoing.write = ((...args: Parameters<typeof write>) => {
    fire(() => write.apply(outgoing, args));
    return true;
  }) as typeof write;
  outgoing.end = ((...args: Parameters<typeof end>) => {
    fire(() => end.apply(outgoing, args));
    return outgoing;
  }) as typeof end;
  outgoing.flushHeaders = () => fire(() => flushHeaders.call(outgoing));
}

/**
 * `writeHead` with headers replaces a `Set-Cookie` that was set before. The app's own lines are therefore moved to
 * `appendHeader`, in each of the forms that Node takes: object, flat list, list of pairs (CVE-2025-7339).
 */
function writeHeadKeepingCookies(
  outgoing: ServerResponse,
  writeHead: ServerResponse['writeHead'],
  args: unknown[],
): void {
  const position = args.findIndex((value) => typeof value === 'object' && value !== null);
  if (position !== -1) {
    const rest: unknown[] = [];
    for (const [name, value] of pairsOf(args[position] as HeaderArgument)) {
      const isCookie = name.toLowerCase() === 'set-cookie';
      if (isCookie) outgoing.appendHeader('set-cookie', value as string | string[]);
      else rest.push(name, value);
    }
    args[position] = rest;
  }
  Reflect.apply(writeHead, outgoing, args);
}

function pairsOf(headers: HeaderArgument): [string, OutgoingHttpHeader | undefined][] {
  if (!Array.isArray(headers)) return Object.entries(headers as OutgoingHttpHeaders);
  if (Array.isArray(headers[0])) return headers as unknown as [string, OutgoingHttpHeader][];
  const pairs: [string, OutgoingHttpHeader | undefined][] = [];
  for (let index = 0; index < headers.length; index += 2) {
    pairs.push([String(headers[index]), headers[index + 1]]);
  }
  return pairs;
}
