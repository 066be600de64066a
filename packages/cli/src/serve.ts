import { createLoginHost, type LoginHost, type ServerErrorCode } from '@latchkey/server';
import { type Family, LatchkeyError, type LatchkeyEvent } from '@latchkey/session';
import type { CliErrorCode } from './errors.ts';
import { eventLine } from './event-log.ts';
import { codeOf, exitCodes } from './exit-code.ts';
import { guardOf } from './exposure-check.ts';
import type { Terminal } from './terminal.ts';

/** Where and how `latchkey serve` answers. */
export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  /** CIDR ranges that logout notices may be sent to although they are not public. */
  readonly allowedRanges: readonly string[];
  /** Addresses or CIDR ranges of proxies that append to `X-Forwarded-For`. */
  readonly trustedProxies: readonly string[];
}

/** Milliseconds after which a login host that was told to stop goes, whatever is still open. */
const stopDeadline = 10_000;

/**
 * `latchkey serve`: runs the login host until SIGTERM or SIGINT. Every event is a line of JSON on the standard output, the
 * first when it listens. Throws what `createLoginHost` throws, `seeds_refused` when people are to be seeded,
 * `store_not_shared`, `listen_failed`, and under policy `refuse` `exposure_found` and `exposure_unchecked`.
 */
export async function serve(
  terminal: Terminal,
  family: Family,
  options: ServeOptions,
): Promise<void> {
  refuseSeeds(terminal.environment);
  refuseUnsharedStore(family);
  const log = (event: LatchkeyEvent): void => writeEvent(terminal, family, event);
  process.once('uncaughtException', (cause) => {
    log({ type: 'login-host.crashed', cause });
    process.exit(exitCodes.failed);
  });
  const { allowedRanges, trustedProxies, port, host } = options;
  const guard = guardOf(family);
  const loginHost = await createLoginHost({
    family,
    isDevelopment: false,
    allowedRanges,
    trustedProxies,
    ...(guard === null ? {} : { exposure: guard }),
    platform: { onEvent: log },
  });
  try {
    await loginHost.listen(port, host);
  } catch (cause) {
    await loginHost.close();
    if (codeOf(cause) !== null) throw cause;
    throw new LatchkeyError<CliErrorCode>(
      'listen_failed',
      `The login host cannot listen on ${host}, port ${port}: ${systemReason(cause)}.`,
      { cause },
    );
  }
  // Before the line: whoever reads it may send a signal at once.
  const stop = stopped(terminal, loginHost);
  writeLine(terminal, {
    type: 'login-host.listening',
    origin: family.loginHost.origin,
    host,
    port,
  });
  await stop;
}

function refuseSeeds(environment: NodeJS.ProcessEnv): void {
  if (!environment['LATCHKEY_SEED_PASSWORD']) return;
  throw new LatchkeyError<ServerErrorCode>(
    'seeds_refused',
    'LATCHKEY_SEED_PASSWORD is for the development family (npm start). Unset it; `latchkey account add` makes accounts.',
  );
}

/** Apps in other processes would find an empty store, and people would go round in circles. */
function refuseUnsharedStore(family: Family): void {
  const usesStore = [...family.apps.values()].some(({ cookie }) => cookie !== null);
  const isMemory = typeof family.store === 'string' && family.store.startsWith('memory:');
  if (!isMemory || !usesStore) return;
  throw new LatchkeyError<CliErrorCode>(
    'store_not_shared',
    "store: 'memory:' lives in one process, and the apps of this family run in others. Write 'sqlite:./data/sessions.db' or 'redis://127.0.0.1:6379/0'.",
  );
}

/** Resolves when the login host has closed after a signal. A second signal, or the deadline, ends the process at once. */
function stopped(terminal: Terminal, loginHost: LoginHost): Promise<void> {
  return new Promise((resolve, reject) => {
    let isStopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (isStopping) return;
      isStopping = true;
      writeLine(terminal, { type: 'login-host.stopping', reason: signal });
      setTimeout(() => process.exit(exitCodes.failed), stopDeadline).unref();
      loginHost.close().then(() => {
        writeLine(terminal, { type: 'login-host.stopped' });
        resolve();
      }, reject);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}

function writeEvent(terminal: Terminal, family: Family, event: LatchkeyEvent): void {
  terminal.stdout.write(`${eventLine(event, Date.now(), family.secrets)}\n`);
}

/** An event of the command itself. */
function writeLine(terminal: Terminal, line: Readonly<Record<string, unknown>>): void {
  terminal.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
}

function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') return 'the port is in use';
  if (code === 'EACCES') return 'this user may not use that port';
  return typeof code === 'string' ? code : 'it failed';
}
