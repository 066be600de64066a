import { AsyncResource } from 'node:async_hooks';

/** Lets one thing at a time happen to each session, as far as this process goes. */
export interface Turns {
  /** Runs `task` when those before it are done; immediately if there are none. The task calls `done` when it is. */
  take(id: string, task: Task): void;
}

type Task = (done: () => void) => void;

interface Queue {
  readonly waiting: Task[];
  /** Ends the turn under way. */
  end: () => void;
  /** Runs while somebody waits. */
  timer: NodeJS.Timeout | null;
}

/** How long others wait for a store that does not call back: its turn is over then, whatever it does. */
const patienceMilliseconds = 2_000;

/** Nothing is kept for sessions to which nothing happens. */
export function createTurns(): Turns {
  const queues = new Map<string, Queue>();

  const run = (id: string, queue: Queue, task: Task): void => {
    let isOver = false;
    const done = (): void => {
      if (isOver) return;
      isOver = true;
      if (queue.timer !== null) clearTimeout(queue.timer);
      queue.timer = null;
      const next = queue.waiting.shift();
      if (next === undefined) queues.delete(id);
      else run(id, queue, next);
    };
    queue.end = done;
    if (queue.waiting.length > 0) watch(queue);
    task(done);
  };
  return {
    take(id, task) {
      const queue = queues.get(id);
      if (queue === undefined) {
        const first: Queue = { waiting: [], end: () => undefined, timer: null };
        queues.set(id, first);
        run(id, first, task);
        return;
      }
      // Run by another request's end, yet still in the AsyncLocalStorage of the one that waits.
      queue.waiting.push(AsyncResource.bind(task));
      watch(queue);
    },
  };
}

function watch(queue: Queue): void {
  queue.timer ??= setTimeout(() => queue.end(), patienceMilliseconds).unref();
}
