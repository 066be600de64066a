import { networkOf } from '../limits/client-network.ts';
import type { LimitedTry, Limits, RefusedTry, TakenTry } from '../limits/limits.ts';
import type { KnownAccount, KnownBrowsers } from './known-browsers.ts';

/** Leave to try one password, taken before it is looked at. Say how it went, once; silence counts as a wrong one. */
export type LimitResult =
  | {
      readonly kind: 'allowed';
      /** The password was right: the try does not count, and a row of wrong ones ends. */
      readonly succeeded: () => Promise<void>;
      /** No proof took place (busy, an error): it does not count. */
      readonly abandoned: () => Promise<void>;
    }
  | {
      readonly kind: 'limited';
      /** What was tried too often: the client's network, or the account; `closed`: the account, up to a new password. */
      readonly by: 'address' | 'account' | 'closed';
      /** Whole seconds, at least 1, until the next try is allowed. */
      readonly retryAfterSeconds: number;
    };

/** Who tries to prove who they are. */
export interface LimitedAttempt {
  readonly request: Request;
  /** As looked up where it is an address, else as typed. */
  readonly email: string;
  /** Whose address it is, if anybody's. */
  readonly account: KnownAccount | null;
  /** IPv4 or IPv6, the client's and not a proxy's. */
  readonly clientAddress: string;
}

/**
 * Bounds guessing: wrong passwords per account and per client network. Counted by the address typed, whether or not it
 * belongs to anybody, so the answer tells nothing about who exists. A new password or state starts the counts of an
 * account anew. A browser that the account knows has tries of its own, so strangers lock nobody out of it: neither those
 * who guess at the account nor those behind the same address.
 */
export interface Limiter {
  take(attempt: LimitedAttempt): Promise<LimitResult>;
}

export interface LimiterDeps {
  readonly limits: Limits;
  readonly knownBrowsers: KnownBrowsers;
}

export function createLimiter({ limits, knownBrowsers }: LimiterDeps): Limiter {
  return {
    async take(attempt) {
      const account = accountKey(attempt);
      const row: LimitedTry = { kind: 'password-in-a-row', key: account };
      const { request } = attempt;
      const browser = attempt.account && (await knownBrowsers.take(request, attempt.account));
      if (browser !== null) return allowed(limits, row, [browser]);
      // The network first: who is over that limit adds to no other.
      const taken = await takeAll(limits, [
        ['address', { kind: 'password-from-network', key: networkOf(attempt.clientAddress) }],
        ['account', { kind: 'password-of-account', key: account }],
        ['closed', row],
      ]);
      return taken.kind === 'limited' ? taken : allowed(limits, row, taken.tries);
    },
  };
}

/** An unknown address looks like a new account. */
function accountKey({ email, account }: LimitedAttempt): string {
  return `${account?.epoch ?? 1}\n${email}`;
}

type By = Extract<LimitResult, { kind: 'limited' }>['by'];

/** All of them or none. */
async function takeAll(
  limits: Limits,
  wanted: readonly (readonly [By, LimitedTry])[],
): Promise<
  | { readonly kind: 'taken'; readonly tries: readonly TakenTry[] }
  | Extract<LimitResult, { kind: 'limited' }>
> {
  const tries: TakenTry[] = [];
  for (const [by, limited] of wanted) {
    const result: TakenTry | RefusedTry = await limits.take(limited);
    if (result.kind === 'refused') {
      await giveBack(tries);
      return { kind: 'limited', by, retryAfterSeconds: result.retryAfterSeconds };
    }
    tries.push(result);
  }
  return { kind: 'taken', tries };
}

function allowed(limits: Limits, row: LimitedTry, tries: readonly TakenTry[]): LimitResult {
  return {
    kind: 'allowed',
    async succeeded() {
      await giveBack(tries);
      await limits.clear(row);
    },
    abandoned: () => giveBack(tries),
  };
}

async function giveBack(tries: readonly TakenTry[]): Promise<void> {
  for (const taken of tries) await taken.giveBack();
}
