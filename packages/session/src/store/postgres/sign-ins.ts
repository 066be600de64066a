import { ownerKey } from '../../realm.ts';
import type { SessionStore } from '../../session-store.ts';
import { encodeSignIn, encodeSignInBody } from '../record.ts';
import { keysOf, milliseconds, partsOf, signInIn } from './rows.ts';
import type { PostgresSender } from './send.ts';
import type { PostgresStatements } from './statements.ts';

/** The methods of a store that are about sign-ins. */
export type SignInMethods = Pick<
  SessionStore,
  'createSignIn' | 'readSignIn' | 'listSignIns' | 'replaceSignIn' | 'endSignIn' | 'takeOnce'
>;

/** `afterWrite` is called after each write that makes rows. */
export function createSignInMethods(
  sender: PostgresSender,
  statements: PostgresStatements,
  afterWrite: () => void,
): SignInMethods {
  return {
    async createSignIn(slot, record, realm) {
      const { fixed, body } = partsOf(encodeSignIn({ ...record, version: 1 }));
      const lives = [milliseconds(record.idleSeconds), milliseconds(record.absoluteSeconds)];
      const values = [slot, fixed, body, ...lives, ownerKey(realm, record.account.id)];
      values.push(record.createdAt);
      const made = await sender.send(statements.createSignIn, values, false);
      afterWrite();
      return made.length > 0 ? 'created' : 'ended';
    },
    async readSignIn(slot) {
      const [row] = await sender.send(statements.readSignIn, [slot], true);
      const found = signInIn(row);
      return found && { signIn: found.signIn, usedAt: found.usedAt };
    },
    async listSignIns(realm, accountId, limit) {
      const values = [ownerKey(realm, accountId), limit];
      const rows = await sender.send(statements.listSignIns, values, true);
      return rows.map(signInIn).filter((one) => one !== null);
    },
    replaceSignIn: (slot, record, readVersion) =>
      sender.together(async (ask) => {
        const values = [slot, encodeSignInBody(record), readVersion];
        if ((await ask(statements.replaceSignIn, values)).length > 0) return 'saved';
        return (await ask(statements.readSignIn, [slot])).length > 0 ? 'outdated' : 'ended';
      }, true),
    endSignIn: (slot, cause, options) =>
      sender.transact(async (ask) => {
        const reportTo = options?.report ? options.realm : null;
        await ask(statements.endSignIn, [slot, cause, reportTo]);
        // After the tombstone and apart from it: sessions that were being made until then are seen now.
        await ask(statements.dropSessions, keysOf(slot));
        return { answer: undefined, keep: true };
      }, true),
    async takeOnce(slot, once) {
      const values = [slot, once.id, milliseconds(once.seconds)];
      const [row] = await sender.send(statements.takeOnce, values, false);
      afterWrite();
      const [hasSignIn, isTaken] = row ?? [];
      if (hasSignIn !== true) return 'ended';
      return isTaken === true ? 'taken' : 'used';
    },
  };
}
