import { createHmac } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { ipv4Tail, ipv6Groups } from '@latchkey/session/parts';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Leave to try one proof, taken before it begins. Say how it went, once; silence counts as a failed proof. */
export type LimitResult =
  | {
      readonly kind: 'allowed';
      /** The proof succeeded: it does not count. */
      readonly succeeded: () => Promise<void>;
      /** No proof took place (busy, an error): it does not count. */
      readonly abandoned: () => Promise<void>;
    }
  | {
      readonly kind: 'limited';
      /** What was tried too often: the client address, or the account. */
      readonly by: 'address' | 'account';
      /** Whole seconds, at least 1, until the next proof is allowed. */
      readonly retryAfterSeconds: number;
    };

/**
 * Bounds guessing: failed proofs per account and per client address. Counted by the address typed, whether or not it
 * belongs to anybody, so the answer tells nothing about who exists. A browser that the account knows (`known-browsers.ts`)
 * is counted there, so strangers cannot lock it out; its address is counted all the same. Kept in the memory of this
 * process.
 */
export interface Limiter {
  /** Takes leave for one proof by somebody at `address` (IPv4 or IPv6, the client's and not a proxy's). What is taken at once counts at once, so parallel guesses count exactly. */
  take(attempt: LimitedAttempt): Promise<LimitResult>;
}

/** Who tries to prove who they are. */
export interface LimitedAttempt {
  readonly email: string;
  readonly address: string;
  /** The account knows the browser: only the address counts. */
  readonly isKnown?: boolean;
}

/** Failed proofs allowed for one account within {@link windowSeconds}. */
export const failuresPerAccount = 10;
/** Failed proofs allowed from one client address; from an IPv6 network of 64 bits. */
export const failuresPerAddress = 50;
export const windowSeconds = 900;

interface Taken {
  readonly kind: 'taken';
  readonly giveBack: () => Promise<void>;
}
interface Refused {
  readonly kind: 'refused';
  readonly waitMilliseconds: number;
}

const uncounted: Taken = { kind: 'taken', giveBack: () => Promise.resolve() };

/** Makes a limiter. Its keys are keyed hashes: a memory dump does not list who signed in from where. */
export function createLimiter(deps: { readonly randomBytes: (size: number) => Buffer }): Limiter {
  const key = deps.randomBytes(32);
  const accounts = createCounter(failuresPerAccount);
  const addresses = createCounter(failuresPerAddress);
  const hashOf = (text: string): string =>
    createHmac('sha256', key).update(text).digest('base64url').slice(0, 22);
  return {
    async take(attempt) {
      // The address first: who is over that limit makes no further entries.
      const address = await takeOne(addresses, hashOf(networkOf(attempt.address)));
      if (address.kind === 'refused') return limited(address, 'address');
      const email = attempt.email.normalize('NFC').trim().toLowerCase();
      const account = attempt.isKnown ? uncounted : await takeOne(accounts, hashOf(email));
      if (account.kind === 'refused') {
        await address.giveBack();
        return limited(account, 'account');
      }
      let isGivenBack = false;
      const giveBackOnce = async (): Promise<void> => {
        if (isGivenBack) return;
        isGivenBack = true;
        await Promise.all([address.giveBack(), account.giveBack()]);
      };
      return { kind: 'allowed', succeeded: giveBackOnce, abandoned: giveBackOnce };
    },
  };
}

/**
 * What a client address counts as: itself, or the first 64 bits of an IPv6 address. An IPv4 address in any of its IPv6
 * spellings (mapped, RFC 4291, 2.5.5.2; NAT64, RFC 6052) counts as itself. Anything else is one client.
 */
export function networkOf(clientAddress: string): string {
  const address = clientAddress.replace(/%.*$/, '');
  if (isIPv4(address)) return address;
  const groups = ipv6Groups(address);
  if (groups === null) return 'unknown';
  const hex = groups.map((group) => group.toString(16));
  const prefix = hex.slice(0, 6).join(':');
  if (prefix === '0:0:0:0:0:ffff' || prefix === '64:ff9b:0:0:0:0') return ipv4Tail(groups);
  return `${hex.slice(0, 4).join(':')}::/64`;
}

function createCounter(points: number): RateLimiterMemory {
  return new RateLimiterMemory({ points, duration: windowSeconds });
}

async function takeOne(counter: RateLimiterMemory, key: string): Promise<Taken | Refused> {
  try {
    const taken = await counter.consume(key);
    const endsAt = Date.now() + taken.msBeforeNext;
    return { kind: 'taken', giveBack: () => giveBack(counter, key, endsAt) };
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    // The library counts refused tries too; only failed proofs shall count.
    await giveBack(counter, key, Date.now() + refusal.msBeforeNext);
    return { kind: 'refused', waitMilliseconds: refusal.msBeforeNext };
  }
}

// Only into the window it was taken from: in the next one it would be a try too many.
async function giveBack(counter: RateLimiterMemory, key: string, endsAt: number): Promise<void> {
  const found = await counter.get(key);
  if (found === null || found.consumedPoints <= 0 || found.msBeforeNext <= 0) return;
  const isSameWindow = Math.abs(Date.now() + found.msBeforeNext - endsAt) < 1000;
  if (isSameWindow) await counter.reward(key);
}

function limited(refused: Refused, by: 'address' | 'account'): LimitResult {
  const retryAfterSeconds = Math.max(1, Math.ceil(refused.waitMilliseconds / 1000));
  return { kind: 'limited', by, retryAfterSeconds };
}
