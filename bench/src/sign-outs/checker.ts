// One of many processes of the family: holds a session in its memory, and is asked whether somebody is signed in.
import type { FamilyApp } from '@latchkey/session';
import { answerParent } from '../process-call.ts';
import { createShop } from '../session-check/family.ts';

/** What a checking process can be asked for. */
export interface CheckerCalls extends Readonly<Record<string, (argument: never) => unknown>> {
  readonly start: (redisUrl: string) => Promise<void>;
  /** Checks now and goes on checking, so that its memory is warm and its lease held. Whether somebody is signed in. */
  readonly hold: (cookieHeader: string) => Promise<boolean>;
  /** Checks at once, and is done with this session. */
  readonly check: () => Promise<Verdict>;
}

/** What was found. Instants are of the machine's monotonic clock, in nanoseconds: the same in all its processes. */
export interface Verdict {
  readonly signedIn: boolean;
  readonly begunAt: number;
  /** When the last check began that found somebody signed in, of all since `hold`. */
  readonly lastYes: number;
  /** How many of those checks memory answered, and how many there were. */
  readonly fromMemory: number;
  readonly checks: number;
}

const pollMilliseconds = 50;

let shop: FamilyApp | null = null;
let cookie = '';
let timer: NodeJS.Timeout | undefined;
let lastYes = 0;
let fromMemory = 0;
let checks = 0;

/** The machine's monotonic clock, in nanoseconds. */
export function instant(): number {
  return Number(process.hrtime.bigint());
}

async function checkOnce(): Promise<{ signedIn: boolean; begunAt: number }> {
  if (shop === null) throw new Error('Not started.');
  const begunAt = instant();
  const opening = shop.open(cookie);
  checks += 1;
  if (!(opening instanceof Promise)) fromMemory += 1;
  const { signedIn } = (await opening).session;
  if (signedIn) lastYes = Math.max(lastYes, begunAt);
  return { signedIn, begunAt };
}

async function hold(cookieHeader: string): Promise<boolean> {
  cookie = cookieHeader;
  lastYes = 0;
  fromMemory = 0;
  checks = 0;
  const { signedIn } = await checkOnce();
  timer = setInterval(() => void checkOnce(), pollMilliseconds);
  return signedIn;
}

async function check(): Promise<Verdict> {
  const now = await checkOnce();
  clearInterval(timer);
  return { ...now, lastYes, fromMemory, checks };
}

if (process.send !== undefined) {
  answerParent<CheckerCalls>({
    async start(redisUrl) {
      shop = createShop(redisUrl);
      await shop.store.ping();
    },
    hold,
    check,
  });
}
