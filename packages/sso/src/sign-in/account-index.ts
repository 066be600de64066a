import type { SessionStore } from '@latchkey/session';
import type { ClientKeys } from '../client-keys.ts';
import { createNote, type Note } from '../note.ts';

/**
 * Which sign-ins an account has in this app: for logout notices that name the account alone (`sub` without `sid`). The
 * login host of a family always names the `sid`; other providers may not.
 */
export interface AccountIndex {
  /** Notes one. The oldest beyond {@link maxSignInsPerAccount} ends here: a notice for the account would not find it. */
  add(accountId: string, sid: string): Promise<void>;
  sidsOf(accountId: string): Promise<readonly string[]>;
}

/** As many as the login host keeps alive for one account. */
export const maxSignInsPerAccount = 100;

/** `seconds`: how long a sign-in may last. An account has a note for each such period, which lives for two. */
export function createAccountIndex(
  store: SessionStore,
  keys: ClientKeys,
  seconds: number,
): AccountIndex {
  const noteOf = (accountId: string, period: number): Note =>
    createNote(store, keys.noteKey(`account\n${accountId}\n${period}`), seconds * 2);
  const present = (): number => Math.floor(store.now() / (seconds * 1000));
  return {
    async add(accountId, sid) {
      const note = noteOf(accountId, present());
      if (Object.hasOwn(await note.read(), sid)) return;
      let surplus: readonly string[] = [];
      await note.change((sids) => {
        const names = [...Object.keys(sids), sid];
        surplus = names.slice(0, -maxSignInsPerAccount);
        return Object.fromEntries(names.slice(-maxSignInsPerAccount).map((name) => [name, true]));
      });
      for (const old of surplus) await store.endSignIn(keys.slotOf(old), 'replaced');
    },
    async sidsOf(accountId) {
      const now = present();
      const notes = await Promise.all(
        [now - 1, now].map((period) => noteOf(accountId, period).read()),
      );
      return notes.flatMap((note) => Object.keys(note));
    },
  };
}
