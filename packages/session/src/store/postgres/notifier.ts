import { oneAtATime } from '../../one-at-a-time.ts';
import type { Slot } from '../../session-store.ts';
import type { PostgresSender } from './send.ts';
import type { PostgresStatements } from './statements.ts';

/** Tells other processes of slots whose session data was saved. */
export interface PostgresNotifier {
  /** Resolves once it was told. Never rejects: who is not told remembers what was there for a minute at most. */
  tell(slot: Slot): Promise<void>;
}

/**
 * Tells of many at once: while one telling is under way, others gather for the next. Transactions that tell are committed
 * one after the other, so a telling for each save would make all saves wait for each other's disk.
 */
export function createPostgresNotifier(
  sender: Pick<PostgresSender, 'send'>,
  { tell }: Pick<PostgresStatements, 'tell'>,
): PostgresNotifier {
  let gathering = new Set<Slot>();
  const telling = oneAtATime(async () => {
    const slots = [...gathering];
    gathering = new Set();
    await sender.send(tell, [slots], true).catch(() => undefined);
  });

  return {
    tell(slot) {
      gathering.add(slot);
      return telling.run();
    },
  };
}
