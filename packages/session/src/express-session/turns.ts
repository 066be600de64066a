/** Lets one thing at a time happen to each session, as far as this process goes. */
export interface Turns {
  /** Runs `task` when those before it are done; at once where there are none. The task calls `done` when it is. */
  take(id: string, task: (done: () => void) => void): void;
}

/** How long is waited for a store that does not call back. */
const patienceMs = 2_000;

/** Nothing is kept for sessions to which nothing happens. */
export function createTurns(): Turns {
  const queues = new Map<string, (() => void)[]>();

  const next = (id: string): void => {
    const queue = queues.get(id);
    const start = queue?.shift();
    if (start === undefined) queues.delete(id);
    else start();
  };
  const run = (id: string, task: (done: () => void) => void): void => {
    let isDone = false;
    task(() => {
      if (isDone) return;
      isDone = true;
      next(id);
    });
  };
  return {
    take(id, task) {
      const queue = queues.get(id);
      if (queue === undefined) {
        queues.set(id, []);
        run(id, task);
        return;
      }
      const start = (): void => {
        clearTimeout(timer);
        run(id, task);
      };
      // A request must not hang because a store forgot the callback of another one.
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(start), 1);
        task(() => undefined);
      }, patienceMs);
      timer.unref();
      queue.push(start);
    },
  };
}
