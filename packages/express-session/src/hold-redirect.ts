import type { ServerResponse } from 'node:http';

/** What was written of a redirect before its end. */
export interface HeldRedirect {
  /** Lets go what was held, and holds nothing any more. */
  release(): void;
}

/** Bytes of a redirect that are held at most: far above the sentence that frameworks write. */
const limit = 65_536;

/**
 * Holds back a redirect that is written before it ends, as `compression()` does: a browser that got it would follow it
 * before the session is saved. Other answers are not held.
 */
export function holdRedirect(response: ServerResponse): HeldRedirect {
  const { write, flushHeaders } = response;
  const held: unknown[][] = [];
  let heldBytes = 0;
  let isReleased = false;
  const release = (): void => {
    if (isReleased) return;
    isReleased = true;
    for (const args of held.splice(0)) Reflect.apply(write, response, args);
  };
  const isHeld = (): boolean => !isReleased && isRedirect(response);
  response.write = ((...args: unknown[]) => {
    if (!isHeld()) return Reflect.apply(write, response, args);
    countAsSent(response);
    held.push(args);
    heldBytes += lengthOf(args[0]);
    if (heldBytes > limit) release();
    return true;
  }) as typeof write;
  response.flushHeaders = () => {
    if (isHeld()) countAsSent(response);
    else flushHeaders.call(response);
  };
  return { release };
}

/** To the app the head is on its way, as it would be without the holding. */
function countAsSent(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(response.statusCode);
}

function isRedirect({ statusCode }: ServerResponse): boolean {
  return statusCode >= 300 && statusCode < 400 && statusCode !== 304;
}

function lengthOf(chunk: unknown): number {
  return typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk.length : 0;
}
