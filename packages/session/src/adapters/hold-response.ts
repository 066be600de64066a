import type { ServerResponse } from 'node:http';
import { invitesCaches, makePrivate } from '../http/cache-fields.ts';
import type { AnswerHead } from '../http/http-exchange.ts';
import { addMissingCookies, dropAnswer, fieldsOf, takeHead } from '../http/response-head.ts';
import type { MaybePromise } from '../platform.ts';
import { headSent, lockHead } from './lock-head.ts';

/** What a held response needs to know of its request. */
export interface HoldOptions {
  /** Saves, and returns the `Set-Cookie` lines that the answer must carry. */
  commit(head: AnswerHead): MaybePromise<readonly string[]>;
  /** A `Location` as it should leave. Default: as the app wrote it. */
  redirectTo?(location: string): string;
  /** The page to send instead when `commit` rejects; null where `fail` should be told. */
  outage(error: unknown): Response | null;
  /** Told what went wrong; may answer, as long as no headers were sent. */
  fail(error: unknown): void;
}

/** A response whose head can be held back. */
export interface ResponseHold {
  /** From now on `commit` is called before the head leaves. Of no effect once it has left. */
  require(): void;
}

/**
 * Puts our methods into a Node response, to be done before the app sees it: `response.end(f(request.session))` reads `end`
 * first, and only then touches the session. Until {@link ResponseHold.require} they pass everything on.
 *
 * Then `commit` is called when the head is about to leave, the cookie lines it returns are added, and the response is held
 * back until then: who follows a redirect at once must find the session saved. When `commit` rejects nothing of the
 * app's answer has been sent, and nothing of it will be, but for the headers of `isForEveryAnswer`.
 *
 * While it is held, the response looks to the app as if its head had been sent, and refuses what comes too late for it as Node
 * does; `write` answers false, so that a stream waits for `drain`.
 *
 * The methods stay ours for good: somebody may have wrapped them meanwhile, and taking ours away would take theirs.
 *
 * The first touch may come as late as in a listener that `on-headers` calls: Node is writing the answer by then, and has that
 * to be done once more when the session is saved ({@link HeldBack}).
 */
export function hookResponse(outgoing: ServerResponse, options: HoldOptions): ResponseHold {
  const hold = new Hold(outgoing, options);
  if (outgoing.headersSent) return hold;
  const methods = holdKey in outgoing ? methodsOf(hold) : sharedMethods;
  if (methods === sharedMethods) (outgoing as Hooked)[holdKey] = hold;
  outgoing.writeHead = methods.writeHead;
  outgoing.write = methods.write;
  outgoing.end = methods.end;
  outgoing.flushHeaders = methods.flushHeaders;
  return hold;
}

const holdKey: unique symbol = Symbol('latchkey hold');

type Hooked = ServerResponse & { [holdKey]: Hold };
type Methods = Pick<ServerResponse, 'writeHead' | 'write' | 'end' | 'flushHeaders'>;

/** The same functions for all responses: a request that only asks who is there makes none. */
const sharedMethods = {
  writeHead(this: Hooked, ...args: unknown[]) {
    const hold = this[holdKey];
    return hold.isIdle ? hold.passOnHead(args) : hold.writeHead(args);
  },
  write(this: Hooked, ...args: unknown[]) {
    const hold = this[holdKey];
    return hold.isIdle ? hold.passOn(hold.ownWrite, args) : hold.write(args);
  },
  end(this: Hooked, ...args: unknown[]) {
    const hold = this[holdKey];
    return hold.isIdle ? hold.passOn(hold.ownEnd, args) : hold.end(args);
  },
  flushHeaders(this: Hooked) {
    const hold = this[holdKey];
    if (hold.isIdle) hold.passOn(hold.ownFlushHeaders, []);
    else hold.flushHeaders();
  },
} as unknown as Methods;

/** For a response that goes through two of our middlewares: the second one's methods must not find the first one's hold. */
function methodsOf(hold: Hold): Methods {
  const own = { [holdKey]: hold } as Hooked;
  return {
    writeHead: (...args: unknown[]) => Reflect.apply(sharedMethods.writeHead, own, args),
    write: (...args: unknown[]) => Reflect.apply(sharedMethods.write, own, args),
    end: (...args: unknown[]) => Reflect.apply(sharedMethods.end, own, args),
    flushHeaders: () => sharedMethods.flushHeaders.call(own),
  } as unknown as Methods;
}

/** Thrown through a method that Node is at work on when its head must be held back: it has written nothing yet. */
class HeldBack extends Error {
  readonly by: Hold;

  constructor(by: Hold) {
    super('The head of this answer is held back until the session is saved.');
    this.by = by;
  }
}

/** One for all: an answer that sets no cookie makes no list. */
const noLines: readonly string[] = [];

class Hold implements ResponseHold, AnswerHead {
  readonly ownWriteHead: ServerResponse['writeHead'];
  readonly ownWrite: ServerResponse['write'];
  readonly ownEnd: ServerResponse['end'];
  readonly ownFlushHeaders: ServerResponse['flushHeaders'];
  readonly #outgoing: ServerResponse;
  readonly #options: HoldOptions;
  /** `given-up`: answered without the app; `failed`: the framework's error handling answers. */
  #state: 'idle' | 'open' | 'saving' | 'passing' | 'given-up' | 'failed' = 'idle';
  /** What the app called while it is held. */
  #held: (() => unknown)[] | null = null;
  #hasEnded = false;
  #unlockHead: (() => void) | null = null;
  /** The cookie lines that the head must carry. */
  #lines = noLines;
  /** Whether Node is at work on a call that was passed on while nothing was to be held. */
  #isPassingOn = false;
  /** Where the answer leads instead of where the app wrote. */
  #redirect: string | null = null;

  constructor(outgoing: ServerResponse, options: HoldOptions) {
    this.#outgoing = outgoing;
    this.#options = options;
    this.ownWriteHead = outgoing.writeHead;
    this.ownWrite = outgoing.write;
    this.ownEnd = outgoing.end;
    this.ownFlushHeaders = outgoing.flushHeaders;
  }

  get isIdle(): boolean {
    return this.#state === 'idle';
  }

  require(): void {
    if (this.#state === 'idle' && !this.#outgoing.headersSent) this.#state = 'open';
  }

  invitesCaches(): boolean {
    return invitesCaches(fieldsOf(this.#outgoing));
  }

  /** Does a call while nothing is to be held; holds it where that changes on the way, before anything is written. */
  passOn(own: (...args: never[]) => unknown, args: readonly unknown[]): unknown {
    if (this.#isPassingOn) return Reflect.apply(own, this.#outgoing, args);
    this.#isPassingOn = true;
    try {
      return Reflect.apply(own, this.#outgoing, args);
    } catch (error) {
      if (!(error instanceof HeldBack && error.by === this)) throw error;
    } finally {
      this.#isPassingOn = false;
    }
    if (own === this.ownEnd) return this.end(args);
    return own === this.ownWrite ? this.write(args) : this.flushHeaders();
  }

  passOnHead(args: readonly unknown[]): unknown {
    return Reflect.apply(this.ownWriteHead, this.#outgoing, args);
  }

  writeHead(args: readonly unknown[]): ServerResponse {
    const outgoing = this.#outgoing;
    if (this.#isSaving()) throw headSent(outgoing);
    // Where the app is wrong it learns so here, and may still answer.
    const isTaken = this.#state === 'open' || this.#isPassingHead();
    const head = isTaken ? takeHead(outgoing, args) : args;
    // Node itself calls it for a head that was only set, and so does whoever wrapped it: the last moment to look.
    if (this.#isPassingHead()) this.#completeHead();
    this.#take(args, () => Reflect.apply(this.ownWriteHead, outgoing, head));
    if (this.#isPassingOn && this.#isSaving()) throw new HeldBack(this);
    return outgoing;
  }

  write(args: readonly unknown[]): unknown {
    return this.#take(args, () => Reflect.apply(this.ownWrite, this.#outgoing, args));
  }

  end(args: readonly unknown[]): ServerResponse {
    this.#take(args, () => Reflect.apply(this.ownEnd, this.#outgoing, args), true);
    return this.#outgoing;
  }

  flushHeaders(): void {
    this.#take([], () => this.ownFlushHeaders.call(this.#outgoing));
  }

  #isSaving(): boolean {
    return this.#state === 'saving';
  }

  #isPassingHead(): boolean {
    return this.#state === 'passing' && !this.#outgoing.headersSent;
  }

  /** Does a call now, later or never. Returns what `write` returns: whether the caller may go on at once. */
  #take(args: readonly unknown[], call: () => unknown, isEnd = false): unknown {
    if (this.#state === 'open') this.#begin();
    if (this.#state === 'idle' || this.#state === 'passing') return call();
    const isOver = this.#state === 'failed' ? this.#outgoing.writableEnded : this.#hasEnded;
    if (this.#state === 'given-up' || isOver) return discard(args);
    if (this.#state === 'failed') return call();
    this.#held ??= [];
    this.#held.push(call);
    this.#hasEnded = isEnd;
    return false;
  }

  #begin(): void {
    this.#state = 'saving';
    let lines: MaybePromise<readonly string[]>;
    try {
      lines = this.#options.commit(this);
    } catch (error) {
      lines = Promise.reject(error);
    }
    if (!(lines instanceof Promise)) {
      this.#pass(lines);
      return;
    }
    this.#unlockHead = lockHead(this.#outgoing, () => this.#hasEnded);
    lines.then(
      (ready) => this.#release(ready),
      (error: unknown) => this.#refuse(error).catch((cause: unknown) => this.#failWith(cause)),
    );
  }

  #pass(lines: readonly string[]): void {
    this.#state = 'passing';
    if (this.#outgoing.headersSent) return;
    this.#lines = lines;
    for (const line of lines) this.#outgoing.appendHeader('set-cookie', line);
    this.#completeHead();
  }

  #release(lines: readonly string[]): void {
    const outgoing = this.#outgoing;
    this.#unlock();
    this.#pass(lines);
    try {
      for (const call of this.#held ?? []) call();
    } catch (error) {
      // An invalid chunk, of which the app would have been told by an exception.
      this.#failWith(error);
      return;
    }
    const isWaiting = !this.#hasEnded && !outgoing.writableNeedDrain;
    if (isWaiting) process.nextTick(() => outgoing.emit('drain'));
  }

  /** What the answer must say because of its cookies and of where it leads: both are for this visitor alone. */
  #completeHead(): void {
    const outgoing = this.#outgoing;
    if (this.#lines.length > 0) {
      addMissingCookies(outgoing, this.#lines);
      makePrivate(fieldsOf(outgoing));
    }
    const options = this.#options;
    const isRedirect = outgoing.statusCode >= 300 && outgoing.statusCode <= 399;
    if (!isRedirect || options.redirectTo === undefined) return;
    const location = outgoing.getHeader('location');
    if (typeof location !== 'string' || location === this.#redirect) return;
    const changed = options.redirectTo(location);
    if (changed === location) return;
    this.#redirect = changed;
    outgoing.setHeader('location', changed);
    outgoing.setHeader('cache-control', 'no-store');
  }

  async #refuse(error: unknown): Promise<void> {
    const page = this.#options.outage(error);
    const body = await page?.text();
    if (page === null || body === undefined) this.#failWith(error);
    else this.#giveUp(page, body);
  }

  /** The page instead of the app's answer, in one go; whatever the app still sends is dropped. */
  #giveUp(page: Response, body: string): void {
    const outgoing = this.#outgoing;
    this.#unlock();
    this.#state = 'given-up';
    dropAnswer(outgoing);
    page.headers.forEach((value, name) => {
      outgoing.setHeader(name, value);
    });
    outgoing.setHeader('content-length', Buffer.byteLength(body));
    this.ownWriteHead.call(outgoing, page.status);
    this.ownEnd.call(outgoing, body, 'utf8');
  }

  #failWith(error: unknown): void {
    this.#unlock();
    this.#state = 'failed';
    dropAnswer(this.#outgoing);
    this.#options.fail(error);
  }

  #unlock(): void {
    this.#unlockHead?.();
    this.#unlockHead = null;
  }
}

/** A call that is not done. Its callback is called, so that a stream behind it ends. */
function discard(args: readonly unknown[]): boolean {
  const callback = args.at(-1);
  if (typeof callback === 'function')
    process.nextTick(() => Reflect.apply(callback, undefined, []));
  return true;
}
