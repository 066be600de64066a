/** Runs work at most `atOnce` at a time; more waits in line, and beyond `waiting` is turned away. */
export interface PasswordQueue {
  /** The result, or `busy` when the line is full and the work was not begun. */
  run<T>(work: () => Promise<T>): Promise<T | 'busy'>;
}

/** Makes a {@link PasswordQueue}. Hashing fills libuv's threads: without a cap, files and DNS would wait behind it. */
export function createPasswordQueue(options: {
  readonly atOnce: number;
  readonly waiting: number;
}): PasswordQueue {
  const line: (() => void)[] = [];
  let running = 0;
  const leave = (): void => {
    const next = line.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return {
    async run(work) {
      if (running < options.atOnce) running += 1;
      else if (line.length >= options.waiting) return 'busy';
      // The place of the one who leaves passes on: `running` stays as it is.
      else await new Promise<void>((resolve) => line.push(resolve));
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
