import type { PostgresSender } from './send.ts';
import type { PostgresStatements } from './statements.ts';

/** Takes away what has expired, beside the calls and never in their way. */
export interface PostgresSweeper {
  /** To be called after each write that makes rows. */
  afterWrite(): void;
  /** Resolves when no sweep is under way. Never rejects. */
  settled(): Promise<void>;
}

/** Writes between two sweeps. One takes more rows away than these can have made, so sweeping keeps up. */
const writesPerSweep = 16;

/** Sweeps a bounded number of rows at a time, one sweep at a time. The first write starts one. */
export function createPostgresSweeper(
  sender: Pick<PostgresSender, 'together'>,
  { sweeps }: Pick<PostgresStatements, 'sweeps'>,
): PostgresSweeper {
  let writes = writesPerSweep - 1;
  let current: Promise<void> | null = null;

  async function sweep(): Promise<void> {
    try {
      await sender.together(async (ask) => {
        for (const statement of sweeps) await ask(statement);
      }, true);
    } catch {
      // Whoever calls next is told what is wrong with the server; what is left stays for the next sweep.
    }
    current = null;
  }

  return {
    afterWrite() {
      writes += 1;
      if (current !== null || writes < writesPerSweep) return;
      writes = 0;
      current = sweep();
    },
    settled: async () => void (await current),
  };
}
