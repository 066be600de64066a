import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';

/** One process of the family, before it starts. */
export interface ProcessPlan {
  readonly name: string;
  /** The TypeScript file that it runs. */
  readonly file: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** What its supervisor wants to know. */
export interface ProcessListener {
  /** A line of its output. */
  onLine(name: string, line: string): void;
  onMessage(name: string, message: unknown): void;
  /** It ended, for whatever reason. `how` says how in a few words. */
  onExit(name: string, how: string): void;
}

/** A running process of the family. */
export interface FamilyProcess {
  readonly name: string;
  readonly pid: number | undefined;
  /** Resolves when it is gone. */
  readonly gone: Promise<void>;
  /** Asks it to stop; cuts it off when it has not gone in time. */
  stop(milliseconds: number): Promise<void>;
}

/** Starts a process. It notices by the closed channel when this one is gone, and stops. */
export function startProcess(plan: ProcessPlan, listener: ProcessListener): FamilyProcess {
  const child = fork(plan.file, [], {
    env: plan.environment,
    execArgv: ['--conditions=latchkey-source'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => listener.onLine(plan.name, line));
  }
  child.on('message', (message) => listener.onMessage(plan.name, message));
  child.on('error', (error) => listener.onLine(plan.name, `cannot be started: ${error.message}`));
  const gone = new Promise<void>((done) => {
    child.once('exit', (code, signal) => {
      listener.onExit(plan.name, signal === null ? `exit code ${code}` : `${signal}`);
      done();
    });
  });
  return {
    name: plan.name,
    pid: child.pid,
    gone,
    stop: (milliseconds) => stopChild(child, gone, milliseconds),
  };
}

async function stopChild(
  child: ChildProcess,
  gone: Promise<void>,
  milliseconds: number,
): Promise<void> {
  // A child that never started never exits.
  if (child.pid === undefined) return;
  child.kill('SIGTERM');
  const cut = setTimeout(() => child.kill('SIGKILL'), milliseconds);
  await gone;
  clearTimeout(cut);
}
