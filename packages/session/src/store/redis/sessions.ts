import { type Retired, type SessionStore, type StoreKey, slotOf } from '../../session-store.ts';
import { decodeReplaced, encodeReplaced, encodeSession } from '../compact/record.ts';
import { milliseconds, type RedisCalls } from './calls.ts';
import type { RedisKeys } from './keys.ts';
import { type RedisReading, readSession } from './reading.ts';
import * as scripts from './scripts.ts';

type SessionMethods = Pick<
  SessionStore,
  'read' | 'create' | 'replace' | 'rotate' | 'retire' | 'end' | 'findRetired' | 'touch'
>;

/** The part of the store that has to do with sessions. */
export function createRedisSessions(
  calls: RedisCalls,
  keys: RedisKeys,
  reading: RedisReading,
): SessionMethods {
  const of = (key: StoreKey): [string, string] => [keys.slot(slotOf(key)), keys.session(key)];
  return {
    read: (key) => readSession(reading, key),
    create: (key, record, once) =>
      calls.once(
        scripts.createSession,
        once ? [...of(key), keys.once(slotOf(key), once)] : of(key),
        [
          record.signedIn ? 's' : 'a',
          ...encodeSession(record),
          milliseconds(record.absoluteSeconds),
          milliseconds(record.idleSeconds),
          once ? milliseconds(once.seconds) : '',
        ],
      ),
    replace: (key, data, readVersion) =>
      calls.repeat(scripts.replaceSession, of(key), [String(readVersion), data]),
    async rotate(key, successor) {
      if (slotOf(key) !== slotOf(successor)) return 'ended';
      return calls.repeat(
        scripts.rotateSession,
        [...of(key), keys.session(successor)],
        [encodeReplaced({ successor })],
      );
    },
    // The successor may be stored in another hash slot: nothing is asked of it.
    retire: (key, by, readVersion) =>
      calls.repeat(scripts.retireSession, of(key), [
        encodeReplaced(by),
        readVersion === undefined ? '' : String(readVersion),
      ]),
    end: (key) => calls.repeat(scripts.endSession, of(key), []),
    async findRetired(key) {
      return retiredIn(await calls.repeat<string | null>(scripts.findRetired, of(key), []));
    },
    async touch(key, idleSeconds) {
      await calls.repeat(scripts.touchSlot, of(key), [milliseconds(idleSeconds)]);
    },
  };
}

function retiredIn(answer: string | null): Retired | null {
  if (answer === null) return null;
  const by = decodeReplaced(answer);
  if (by !== null) return { kind: 'replaced', ...by };
  return { kind: 'ended', at: Number(answer) };
}
