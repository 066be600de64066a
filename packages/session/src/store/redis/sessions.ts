import { type SessionStore, type StoreKey, slotOf } from '../../session-store.ts';
import { milliseconds, type RedisCalls } from './calls.ts';
import type { RedisKeys } from './keys.ts';
import { type RedisReading, readSession } from './reading.ts';
import { encodeSession } from './record.ts';
import * as scripts from './scripts.ts';

type SessionMethods = Pick<
  SessionStore,
  'read' | 'create' | 'replace' | 'rotate' | 'end' | 'touch'
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
      return calls.repeat(scripts.rotateSession, [...of(key), keys.session(successor)], []);
    },
    end: (key, readVersion) =>
      calls.repeat(scripts.endSession, of(key), [
        readVersion === undefined ? '' : String(readVersion),
      ]),
    async touch(key, idleSeconds) {
      await calls.repeat(scripts.touchSlot, of(key), [milliseconds(idleSeconds)]);
    },
  };
}
