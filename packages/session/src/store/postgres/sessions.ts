import {
  type OneTimeUse,
  type Replacement,
  type SessionRecord,
  type SessionStore,
  type StoreKey,
  slotOf,
} from '../../session-store.ts';
import { encodeSession, replacementText } from '../record.ts';
import { createPostgresNotifier } from './notifier.ts';
import { keysOf, milliseconds, partsOf, readingIn, retiredIn } from './rows.ts';
import type { Ask, Outcome, PostgresSender } from './send.ts';
import type { PostgresStatements } from './statements.ts';

/** The methods of a store that are about sessions. */
export type SessionMethods = Pick<
  SessionStore,
  'read' | 'create' | 'replace' | 'rotate' | 'retire' | 'end' | 'findRetired' | 'touch'
>;

/** `afterWrite` is called after each write that makes rows. */
export function createSessionMethods(
  sender: PostgresSender,
  statements: PostgresStatements,
  afterWrite: () => void,
): SessionMethods {
  const notifier = createPostgresNotifier(sender, statements);
  return {
    async read(key) {
      const [row] = await sender.send(statements.read, [key, slotOf(key)], true);
      return readingIn(key, row);
    },
    async create(key, record, once) {
      const answer = await sender.transact<'created' | 'used' | 'ended'>(
        (ask) => create(ask, statements, { key, record, once }),
        false,
      );
      afterWrite();
      return answer;
    },
    async replace(key, data, readVersion) {
      const answer = await sender.together(
        (ask) => replace(ask, statements, { key, data, readVersion }),
        true,
      );
      if (answer === 'saved') await notifier.tell(slotOf(key));
      return answer;
    },
    rotate: (key, successor) =>
      sender.together((ask) => rotate(ask, statements, { key, successor }), true),
    async retire(key, by, readVersion) {
      const answer = await sender.together(
        (ask) => retire(ask, statements, { key, by, readVersion }),
        true,
      );
      afterWrite();
      return answer;
    },
    async end(key) {
      const [row] = await sender.send(statements.endSession, [key, slotOf(key)], true);
      return row?.[0] === true ? 'ended' : 'gone';
    },
    async findRetired(key) {
      const [row] = await sender.send(statements.findRetired, [key, slotOf(key)], true);
      return retiredIn(row);
    },
    async touch(key, idleSeconds) {
      await sender.send(statements.touch, [key, slotOf(key), milliseconds(idleSeconds)], true);
    },
  };
}

/** Whether there is a live session where a write found none that it could write to. */
async function isLive(ask: Ask, statements: PostgresStatements, key: StoreKey): Promise<boolean> {
  return (await ask(statements.isLive, [key, slotOf(key)])).length > 0;
}

/** The key of the session that replaced the one at `key`, or null. */
async function successorOf(
  ask: Ask,
  statements: PostgresStatements,
  key: StoreKey,
): Promise<StoreKey | null> {
  const [row] = await ask(statements.findRetired, [key, slotOf(key)]);
  const retired = retiredIn(row);
  return retired?.kind === 'replaced' ? retired.successor : null;
}

async function create(
  ask: Ask,
  statements: PostgresStatements,
  { key, record, once }: { key: StoreKey; record: SessionRecord; once: OneTimeUse | undefined },
): Promise<Outcome<'created' | 'used' | 'ended'>> {
  const slot = slotOf(key);
  // The slot is locked until the transaction ends.
  const held = record.signedIn
    ? []
    : await ask(statements.holdAnonymous, [slot, milliseconds(record.idleSeconds)]);
  const isHeld = held.length > 0 || (await ask(statements.holdSignIn, [slot])).length > 0;
  if (!isHeld) return rolledBack('ended');
  const { fixed, body } = partsOf(encodeSession({ ...record, version: 1 }));
  const values: unknown[] = [key, slot, fixed, body];
  values.push(milliseconds(record.absoluteSeconds), record.signedIn);
  values.push(once?.id ?? null, milliseconds(once?.seconds ?? 0), ...keysOf(slot));
  values.push(record.createdAt);
  const [row] = await ask(statements.createSession, values);
  const [isFree, isTaken, isMade] = row ?? [];
  if (isMade === true) return { answer: 'created', keep: true };
  return rolledBack(isFree === true && once && isTaken !== true ? 'used' : 'ended');
}

function rolledBack<T>(answer: T): Outcome<T> {
  return { answer, keep: false };
}

async function replace(
  ask: Ask,
  statements: PostgresStatements,
  { key, data, readVersion }: { key: StoreKey; data: string; readVersion: number },
): Promise<'saved' | 'outdated' | 'ended'> {
  const saved = await ask(statements.replaceSession, [key, slotOf(key), data, readVersion]);
  if (saved.length > 0) return 'saved';
  return (await isLive(ask, statements, key)) ? 'outdated' : 'ended';
}

async function rotate(
  ask: Ask,
  statements: PostgresStatements,
  { key, successor }: { key: StoreKey; successor: StoreKey },
): Promise<'rotated' | 'replaced' | 'ended'> {
  const slot = slotOf(key);
  if (slotOf(successor) !== slot) return 'ended';
  const rotated = await ask(statements.rotateSession, [key, slot, successor]);
  if (rotated.length > 0) return 'rotated';
  const known = await successorOf(ask, statements, key);
  if (known === null) return 'ended';
  // By this very call, whose answer was lost?
  return known === successor ? 'rotated' : 'replaced';
}

async function retire(
  ask: Ask,
  statements: PostgresStatements,
  { key, by, readVersion }: { key: StoreKey; by: Replacement; readVersion: number | undefined },
): Promise<'retired' | 'replaced' | 'outdated'> {
  const values = [key, slotOf(key), replacementText(by), readVersion ?? null];
  if ((await ask(statements.retireSession, values)).length > 0) return 'retired';
  const known = await successorOf(ask, statements, key);
  if (known === null) return 'outdated';
  return known === by.successor ? 'retired' : 'replaced';
}
