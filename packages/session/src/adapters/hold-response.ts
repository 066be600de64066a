import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { MaybePromise } from '../platform.ts';

type HeaderArgument = OutgoingHttpHeaders | readonly OutgoingHttpHeader[];
type Method = 'writeHead' | 'write' | 'end' | 'flushHeaders';

/** What a held response needs to know of its request. */
export interface HoldOptions {
  /** Saves, and returns the `Set-Cookie` lines that the answer must carry. */
  commit(): MaybePromise<readonly string[]>;
  /** A `Location` as it should leave. Default: as the app wrote it. */
  redirectTo?(location: string): string;
  /** The page to send instead when `commit` rejects; null where `fail` should be told. */
  outage(error: unknown): Response | null;
  /** Told what went wrong; may answer, as long as no headers were sent. */
  fail(error: unknown): void;
}

/**
 * Calls `commit` when the headers of a Node response are about to leave, adds the cookie lines it returns, and holds the
 * response back until then: who follows a redirect at once must find the session saved. When `commit` rejects nothing
 * of the app's answer has been sent, and nothing of it will be. Does nothing where headers were sent before.
 *
 * While it is held, the response looks to the app as if its headers had been sent; `write` answers false, so that a
 * stream waits for `drain`.
 */
export function holdResponse(outgoing: ServerResponse, options: HoldOptions): void {
  if (!outgoing.headersSent) new Hold(outgoing, options).install();
}

class Hold {
  readonly #outgoing: ServerResponse;
  readonly #options: HoldOptions;
  readonly #own: Pick<ServerResponse, Method>;
  /** `given-up`: answered without the app; `failed`: the framework's error handling answers. */
  #state: 'open' | 'saving' | 'passing' | 'given-up' | 'failed' = 'open';
  #held: (() => unknown)[] = [];
  #hasEnded = false;
  #restoreHead: () => void = () => undefined;

  constructor(outgoing: ServerResponse, options: HoldOptions) {
    this.#outgoing = outgoing;
    this.#options = options;
    const { writeHead, write, end, flushHeaders } = outgoing;
    this.#own = { writeHead, write, end, flushHeaders };
  }

  /** The methods stay ours for good: somebody may have wrapped them meanwhile, and taking ours away would take theirs. */
  install(): void {
    const outgoing = this.#outgoing;
    const own = this.#own;
    outgoing.writeHead = ((...args: unknown[]) => {
      // Node itself calls it for headers that were only set: then there is nothing to keep.
      const { lines, rest } =
        this.#state === 'passing' ? { lines: [], rest: args } : takeCookies(args);
      this.#take(args, () => {
        for (const line of lines) outgoing.appendHeader('set-cookie', line);
        return Reflect.apply(own.writeHead, outgoing, this.#redirect(rest));
      });
      return outgoing;
    }) as typeof own.writeHead;
    outgoing.write = ((...args: unknown[]) =>
      this.#take(args, () => Reflect.apply(own.write, outgoing, args))) as typeof own.write;
    outgoing.end = ((...args: unknown[]) => {
      this.#take(args, () => Reflect.apply(own.end, outgoing, args), true);
      return outgoing;
    }) as typeof own.end;
    outgoing.flushHeaders = () => void this.#take([], () => own.flushHeaders.call(outgoing));
  }

  /** Does a call now, later or never. Returns what `write` returns: whether the caller may go on at once. */
  #take(args: readonly unknown[], call: () => unknown, isEnd = false): unknown {
    if (this.#state === 'open') this.#begin();
    if (this.#state === 'passing') return call();
    const isOver = this.#state === 'failed' ? this.#outgoing.writableEnded : this.#hasEnded;
    if (this.#state === 'given-up' || isOver) return discard(args);
    if (this.#state === 'failed') return call();
    this.#held.push(call);
    this.#hasEnded = isEnd;
    return false;
  }

  #begin(): void {
    this.#state = 'saving';
    let lines: MaybePromise<readonly string[]>;
    try {
      lines = this.#options.commit();
    } catch (error) {
      lines = Promise.reject(error);
    }
    if (!(lines instanceof Promise)) {
      this.#pass(lines);
      return;
    }
    this.#restoreHead = holdHead(this.#outgoing);
    lines.then(
      (ready) => this.#release(ready),
      (error: unknown) => this.#refuse(error).catch((cause: unknown) => this.#failWith(cause)),
    );
  }

  #pass(lines: readonly string[]): void {
    this.#state = 'passing';
    if (this.#outgoing.headersSent) return;
    for (const line of lines) this.#outgoing.appendHeader('set-cookie', line);
  }

  #release(lines: readonly string[]): void {
    const outgoing = this.#outgoing;
    this.#restoreHead();
    this.#pass(lines);
    try {
      for (const call of this.#held) call();
    } catch (error) {
      // An invalid header or chunk, of which the app would have been told by an exception.
      this.#failWith(error);
      return;
    }
    const isWaiting = !this.#hasEnded && !outgoing.writableNeedDrain;
    if (isWaiting) process.nextTick(() => outgoing.emit('drain'));
  }

  /**
   * Looks at where a redirect leads, wherever the app wrote it: set before, or among the arguments of `writeHead`. What is
   * changed is for this visitor alone, so no cache may keep it.
   */
  #redirect(args: readonly unknown[]): readonly unknown[] {
    const outgoing = this.#outgoing;
    const status = typeof args[0] === 'number' ? args[0] : outgoing.statusCode;
    const options = this.#options;
    const isRedirect = this.#state === 'passing' && status >= 300 && status <= 399;
    if (!isRedirect || options.redirectTo === undefined) return args;
    const position = args.findIndex((value) => typeof value === 'object' && value !== null);
    const pairs = position === -1 ? [] : pairsOf(args[position] as HeaderArgument);
    const given = pairs.find(([name]) => String(name).toLowerCase() === 'location')?.[1];
    const location = given ?? outgoing.getHeader('location');
    if (typeof location !== 'string') return args;
    const changed = options.redirectTo(location);
    if (changed === location) return args;
    outgoing.setHeader('location', changed);
    outgoing.setHeader('cache-control', 'no-store');
    const rest = pairs.filter(
      ([name]) => !['location', 'cache-control'].includes(String(name).toLowerCase()),
    );
    return position === -1 ? args : args.with(position, rest.flat(1));
  }

  async #refuse(error: unknown): Promise<void> {
    const page = this.#options.outage(error);
    const body = await page?.text();
    this.#restoreHead();
    if (page === null || body === undefined) this.#failWith(error);
    else this.#giveUp(page, body);
  }

  /** The page instead of the app's answer, in one go; whatever the app still sends is dropped. */
  #giveUp(page: Response, body: string): void {
    const outgoing = this.#outgoing;
    this.#state = 'given-up';
    removeHeaders(outgoing);
    page.headers.forEach((value, name) => {
      outgoing.setHeader(name, value);
    });
    this.#own.writeHead.call(outgoing, page.status, { 'content-length': Buffer.byteLength(body) });
    this.#own.end.call(outgoing, body, 'utf8');
  }

  #failWith(error: unknown): void {
    this.#state = 'failed';
    removeHeaders(this.#outgoing);
    this.#options.fail(error);
  }
}

/** Notes status and headers as they are, and makes them look sent; the returned function undoes both. */
function holdHead(outgoing: ServerResponse): () => void {
  const { statusCode, statusMessage } = outgoing;
  const headers = new Map<string, OutgoingHttpHeader | undefined>(
    Object.entries(outgoing.getHeaders()).map(([name, value]) => [
      name,
      Array.isArray(value) ? [...value] : value,
    ]),
  );
  Object.defineProperty(outgoing, 'headersSent', { configurable: true, get: () => true });
  return () => {
    Reflect.deleteProperty(outgoing, 'headersSent');
    if (outgoing.statusCode !== statusCode) outgoing.statusCode = statusCode;
    if (outgoing.statusMessage !== statusMessage) outgoing.statusMessage = statusMessage;
    const now = outgoing.getHeaders();
    for (const name of Object.keys(now)) if (!headers.has(name)) outgoing.removeHeader(name);
    for (const [name, value] of headers) {
      if (value !== undefined && String(now[name]) !== String(value))
        outgoing.setHeader(name, value);
    }
  };
}

/** What the app said of its body, its cookies, where to go: nothing of it holds for another answer. */
function removeHeaders(outgoing: ServerResponse): void {
  if (outgoing.headersSent) return;
  // Node puts in the phrase of the status when there is none. Koa sets one with each status: a 503 would say "OK".
  outgoing.statusMessage = '';
  for (const name of outgoing.getHeaderNames()) outgoing.removeHeader(name);
}

/** A call that is not done. Its callback is called, so that a stream behind it ends. */
function discard(args: readonly unknown[]): boolean {
  const callback = args.at(-1);
  if (typeof callback === 'function')
    process.nextTick(() => Reflect.apply(callback, undefined, []));
  return true;
}

/**
 * `writeHead` with headers replaces a `Set-Cookie` that was set before. The app's own lines are therefore taken out of its
 * arguments, to be appended: out of each of the forms that Node takes, object, flat list, list of pairs (CVE-2025-7339).
 * The rest is a copy: who calls may change the headers object before they leave (Fastify does).
 */
function takeCookies(args: readonly unknown[]): {
  readonly lines: readonly (string | string[])[];
  readonly rest: readonly unknown[];
} {
  const position = args.findIndex((value) => typeof value === 'object' && value !== null);
  if (position === -1) return { lines: [], rest: args };
  const lines: (string | string[])[] = [];
  const others: unknown[] = [];
  for (const [name, value] of pairsOf(args[position] as HeaderArgument)) {
    if (String(name).toLowerCase() === 'set-cookie') lines.push(value as string | string[]);
    else others.push(name, value);
  }
  return { lines, rest: args.with(position, others) };
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
