import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** What a claim needs to know of the processes of this machine. */
export interface Processes {
  readonly host: string;
  readonly pid: number;
  /** When this process started, milliseconds since 1970: tells it from one that had its number before. */
  readonly startedAt: number;
  isRunning(pid: number): boolean;
}

/**
 * This machine. Machines that share a host name but no process numbers may take a live process for dead: its work is then
 * done twice, which those who hear of it must bear.
 */
export const thisMachine: Processes = {
  host: hostname(),
  pid: process.pid,
  startedAt: Math.round(performance.timeOrigin),
  isRunning(pid) {
    try {
      process.kill(pid, 0);
      return !isZombie(pid);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  },
};

/**
 * Whether a process has ended and still has its number, since nobody asked how it ended: so it stays in containers whose
 * first process does not look after orphans. Linux alone says so (proc(5), the state behind the name in parentheses).
 */
function isZombie(pid: number): boolean {
  try {
    return /\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** Names this process among all that work on a database: `host/pid/start`. */
export function createWorkerName({ host, pid, startedAt }: Processes = thisMachine): string {
  return `${host}/${pid}/${startedAt}`;
}

/**
 * Whether a process is gone for certain: one of this machine that does not run, or whose number this one has now. Of other
 * machines nothing is known; their claims run out.
 */
export function isDeadWorker(name: string, processes: Processes = thisMachine): boolean {
  const [startedAt, pid = '', ...host] = name.split('/').reverse();
  if (host.reverse().join('/') !== processes.host || !/^\d+$/.test(pid)) return false;
  if (Number(pid) === processes.pid) return startedAt !== String(processes.startedAt);
  return !processes.isRunning(Number(pid));
}
