import type { Terminal } from './terminal.ts';

const progressAfter = 1_000;
const progressEvery = 250;
const lineEvery = 10_000;

/** How far a run is, for people. */
export interface Progress {
  show(done: number, total: number): void;
  /** Takes the line away again. */
  clear(): void;
}

/**
 * Long runs tell on the standard error how far they are: one line on a terminal, now and then one elsewhere.
 * `now`: milliseconds that only rise.
 */
export function createProgress(
  { stderr }: Pick<Terminal, 'stderr'>,
  now: () => number = () => performance.now(),
): Progress {
  const isTerminal = 'isTTY' in stderr && stderr.isTTY === true;
  const interval = isTerminal ? progressEvery : lineEvery;
  let nextAt = now() + (isTerminal ? progressAfter : lineEvery);
  let isShown = false;
  return {
    show(done, total) {
      const at = now();
      if (at < nextAt) return;
      nextAt = at + interval;
      isShown = true;
      const words = `${done.toLocaleString('en')} of ${total.toLocaleString('en')} names looked up`;
      stderr.write(isTerminal ? `\r\u001b[K${words}` : `${words}\n`);
    },
    clear() {
      if (isShown && isTerminal) stderr.write('\r\u001b[K');
    },
  };
}
