import type { ReadStream } from 'node:tty';

/** What a command reads and writes. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream | ReadStream;
  readonly stdout: NodeJS.WritableStream;
  /** Errors and questions. */
  readonly stderr: NodeJS.WritableStream;
  readonly environment: NodeJS.ProcessEnv;
}

/** Whether somebody can be asked: both ends are a terminal. */
export function isInteractive({ stdin, stderr }: Terminal): boolean {
  return stdin.isTTY === true && 'isTTY' in stderr && stderr.isTTY === true;
}
