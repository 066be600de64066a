import type { ListedSignIn, SessionStore, SignInRecord, Slot } from '../../session-store.ts';
import { decodeSignIn, encodeSignIn, encodeSignInRest } from '../compact/record.ts';
import { withBodyOf } from '../record.ts';
import { milliseconds, type RedisCalls } from './calls.ts';
import type { RedisKeys } from './keys.ts';
import { liveSignIn } from './reading.ts';
import * as scripts from './scripts.ts';

type SignInMethods = Pick<
  SessionStore,
  'createSignIn' | 'readSignIn' | 'listSignIns' | 'replaceSignIn' | 'endSignIn' | 'takeOnce'
>;

export interface RedisSignInsOptions {
  readonly calls: RedisCalls;
  readonly keys: RedisKeys;
  /** The server's clock in milliseconds. */
  readonly now: () => number;
}

/** Sign-ins that an account's index has at most; the oldest leave it first, and are listed no more while they live. */
const maxIndexed = 1000;
/** Slots of an index that are looked at together. */
const pageSize = 50;
/** An entry younger than this stays although no sign-in is found: that is written after it. */
const settledMilliseconds = '60000';

/** The part of the store that has to do with sign-ins. */
export function createRedisSignIns(options: RedisSignInsOptions): SignInMethods {
  const { calls, keys, now } = options;

  async function find(slot: Slot): Promise<{ signIn: SignInRecord; usedAt: number } | null> {
    const text = (await calls.send(['GET', keys.slot(slot)])) as string | null;
    return text === null ? null : liveSignIn(text, now());
  }

  return {
    async createSignIn(slot, record, realm) {
      // In another hash slot, so apart, and before: an entry that leads nowhere is dropped when met.
      const absolute = milliseconds(record.absoluteSeconds);
      const index = keys.account(realm, record.account.id);
      await calls.repeat(scripts.indexSlot, [index], [slot, absolute, String(maxIndexed)]);
      return calls.once(
        scripts.createSignIn,
        [keys.slot(slot)],
        [...encodeSignIn(record), absolute, milliseconds(record.idleSeconds)],
      );
    },
    readSignIn: find,
    listSignIns: createListing(calls, keys, find),
    async replaceSignIn(slot, record, readVersion) {
      const found = await find(slot);
      if (found === null) return 'ended';
      const rest = encodeSignInRest(withBodyOf(found.signIn, record));
      const args = [String(readVersion), rest];
      return calls.repeat(scripts.replaceSignIn, [keys.slot(slot)], args);
    },
    async endSignIn(slot, cause, ending = {}) {
      const { realm } = ending;
      const text = await calls.together(async (sender, sending) => {
        // Apart from the script, since the stream is stored in another hash slot, and before it: a report of an ending
        // that did not come about ends the sign-in at the login host, an ending without report is lost to it.
        if (ending.report) {
          const stream = keys.reports(ending.realm);
          await sender.send(['XADD', stream, '*', 'slot', slot, 'cause', cause], stream, sending);
        }
        return sender.run(
          { script: scripts.endSignIn, keys: [keys.slot(slot)], args: [] },
          sending,
        );
      });
      const was = typeof text === 'string' ? decodeSignIn(text) : null;
      if (was === null || realm === undefined) return;
      // It has ended; what is left of it in the index would be dropped when met.
      const dropped = calls.send(['ZREM', keys.account(realm, was.signIn.account.id), slot]);
      await dropped.catch(() => undefined);
    },
    takeOnce: (slot, once) =>
      calls.once(
        scripts.takeOnce,
        [keys.slot(slot), keys.once(slot, once)],
        [milliseconds(once.seconds)],
      ),
  };
}

function createListing(
  calls: RedisCalls,
  keys: RedisKeys,
  find: SessionStore['readSignIn'],
): SessionStore['listSignIns'] {
  async function readPage(index: string, start: number): Promise<Page> {
    const stop = String(start + pageSize - 1);
    const args = ['ZREVRANGE', index, String(start), stop] as const;
    const slots = (await calls.send(args)) as Slot[];
    const found = await Promise.all(slots.map(async (slot) => ({ slot, live: await find(slot) })));
    const listed: ListedSignIn[] = [];
    const gone: Slot[] = [];
    for (const { slot, live } of found) {
      if (live === null) gone.push(slot);
      else listed.push({ slot, ...live });
    }
    return { listed, gone, isLast: slots.length < pageSize };
  }

  return async (realm, accountId, limit) => {
    const index = keys.account(realm, accountId);
    const listed: ListedSignIn[] = [];
    const gone: Slot[] = [];
    for (let start = 0; listed.length < limit; start += pageSize) {
      const page = await readPage(index, start);
      listed.push(...page.listed);
      gone.push(...page.gone);
      if (page.isLast) break;
    }
    if (gone.length > 0) {
      const args = [settledMilliseconds, ...gone];
      await calls.repeat(scripts.dropSlots, [index], args);
    }
    return listed.slice(0, limit);
  };
}

interface Page {
  readonly listed: readonly ListedSignIn[];
  /** Entries without a live sign-in. */
  readonly gone: readonly Slot[];
  readonly isLast: boolean;
}
