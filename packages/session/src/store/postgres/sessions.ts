import {
  maxRotationsFollowed,
  type OneTimeUse,
  type SessionRecord,
  type SessionStore,
  type StoreKey,
  slotOf,
} from '../../session-store.ts';
import { encodeSession } from '../record.ts';
import { keysOf, milliseconds, movedToIn, partsOf, readingIn } from './rows.ts';
import type { Ask, Outcome, PostgresSender } from './send.ts';
import type { PostgresStatements } from './statements.ts';
import { createPostgresTeller } from './teller.ts';

/** The methods of a store that are about sessions. */
export type SessionMethods = Pick<
  SessionStore,
  'read' | 'create' | 'replace' | 'rotate' | 'end' | 'touch'
>;

/** `afterWrite` is called after each write that makes rows. */
export function createSessionMethods(
  sender: PostgresSender,
  statements: PostgresStatements,
  afterWrite: () => void,
): SessionMethods {
  const teller = createPostgresTeller(sender, statements);
  return {
    read: (asked) =>
      following(asked, async (key) => {
        const [row] = await sender.send(statements.read, [key, slotOf(key)], true);
        const movedTo = movedToIn(row);
        return { answer: movedTo === null ? readingIn(key, row) : null, movedTo };
      }),
    async create(key, record, once) {
      const answer = await sender.transact<'created' | 'used' | 'ended'>(
        (ask) => create(ask, statements, { key, record, once }),
        false,
      );
      afterWrite();
      return answer;
    },
    async replace(asked, data, readVersion) {
      const answer = await sender.together(
        (ask) => replace(ask, statements, { asked, data, readVersion }),
        true,
      );
      if (answer === 'saved') await teller.tell(slotOf(asked));
      return answer;
    },
    rotate: (key, successor) =>
      sender.together((ask) => rotate(ask, statements, key, successor), true),
    end: (key, readVersion) =>
      sender.together((ask) => end(ask, statements, key, readVersion), true),
    touch: (asked, idleSeconds) =>
      sender.together(
        (ask) =>
          following(asked, async (key) => {
            const values = [key, slotOf(key), milliseconds(idleSeconds)];
            const touched = await ask(statements.touch, values);
            if (touched.length > 0) return { answer: undefined, movedTo: null };
            const { movedTo } = await stateOf(ask, statements, key);
            return { answer: undefined, movedTo };
          }),
        true,
      ),
  };
}

/** What there was to find at a key, and where it was moved to if it was. */
interface Step<T> {
  readonly answer: T;
  readonly movedTo: StoreKey | null;
}

/** Does something at a key or, where that was rotated, at its successor: whoever rotates meanwhile changes nothing of it. */
async function following<T>(
  asked: StoreKey,
  work: (key: StoreKey) => Promise<Step<T>>,
): Promise<T> {
  let at = await work(asked);
  for (let steps = 0; at.movedTo !== null && steps < maxRotationsFollowed; steps += 1) {
    at = await work(at.movedTo);
  }
  return at.answer;
}

interface State {
  readonly isLive: boolean;
  readonly movedTo: StoreKey | null;
}

/** What lies at a key where a write found no session that it could write to. */
async function stateOf(ask: Ask, statements: PostgresStatements, key: StoreKey): Promise<State> {
  const [row] = await ask(statements.sessionState, [key, slotOf(key)]);
  const movedTo = movedToIn(row);
  return { isLive: row !== undefined && movedTo === null, movedTo };
}

async function create(
  ask: Ask,
  statements: PostgresStatements,
  given: { key: StoreKey; record: SessionRecord; once: OneTimeUse | undefined },
): Promise<Outcome<'created' | 'used' | 'ended'>> {
  const { key, record, once } = given;
  if (!(await holdSlot(ask, statements, key, record))) return rolledBack('ended');
  const slot = slotOf(key);
  const { fixed, body } = partsOf(encodeSession({ ...record, version: 1 }));
  const values: unknown[] = [key, slot, fixed, body];
  values.push(milliseconds(record.absoluteSeconds), record.signedIn);
  values.push(once?.id ?? null, milliseconds(once?.seconds ?? 0), ...keysOf(slot));
  const [row] = await ask(statements.createSession, values);
  const [isFree, isTaken, isMade] = row ?? [];
  if (isMade === true) return { answer: 'created', keep: true };
  return rolledBack(isFree === true && once && isTaken !== true ? 'used' : 'ended');
}

/** Locks the slot for a new session until the transaction ends. False: no session may be made there. */
async function holdSlot(
  ask: Ask,
  statements: PostgresStatements,
  key: StoreKey,
  record: SessionRecord,
): Promise<boolean> {
  const slot = slotOf(key);
  if (!record.signedIn) {
    const values = [slot, milliseconds(record.idleSeconds)];
    if ((await ask(statements.holdAnonymous, values)).length > 0) return true;
  }
  return (await ask(statements.holdSignIn, [slot])).length > 0;
}

function rolledBack<T>(answer: T): Outcome<T> {
  return { answer, keep: false };
}

function replace(
  ask: Ask,
  statements: PostgresStatements,
  given: { asked: StoreKey; data: string; readVersion: number },
): Promise<'saved' | 'outdated' | 'ended'> {
  const { asked, data, readVersion } = given;
  return following<'saved' | 'outdated' | 'ended'>(asked, async (key) => {
    const saved = await ask(statements.replaceSession, [key, slotOf(key), data, readVersion]);
    if (saved.length > 0) return { answer: 'saved', movedTo: null };
    const { isLive, movedTo } = await stateOf(ask, statements, key);
    return { answer: isLive ? 'outdated' : 'ended', movedTo };
  });
}

async function rotate(
  ask: Ask,
  statements: PostgresStatements,
  key: StoreKey,
  successor: StoreKey,
): Promise<'rotated' | 'moved' | 'ended'> {
  const slot = slotOf(key);
  if (slotOf(successor) !== slot) return 'ended';
  const rotated = await ask(statements.rotateSession, [key, slot, successor]);
  if (rotated.length > 0) return 'rotated';
  const states: State[] = [];
  const isLive = await following(key, async (at) => {
    const state = await stateOf(ask, statements, at);
    states.push(state);
    return { answer: state.isLive, movedTo: state.movedTo };
  });
  const movedTo = states[0]?.movedTo ?? null;
  if (!isLive || movedTo === null) return 'ended';
  // By this very call, whose answer was lost?
  return movedTo === successor ? 'rotated' : 'moved';
}

async function end(
  ask: Ask,
  statements: PostgresStatements,
  asked: StoreKey,
  readVersion: number | undefined,
): Promise<'ended' | 'outdated'> {
  const moved: StoreKey[] = [];
  const answer = await following<'ended' | 'outdated'>(asked, async (key) => {
    const ended = await ask(statements.endSession, [key, slotOf(key), readVersion ?? null]);
    if (ended.length > 0) return { answer: 'ended', movedTo: null };
    const { isLive, movedTo } = await stateOf(ask, statements, key);
    if (movedTo !== null) moved.push(key);
    return { answer: isLive ? 'outdated' : 'ended', movedTo };
  });
  if (answer === 'ended' && moved.length > 0) await ask(statements.endPointers, [moved]);
  return answer;
}
