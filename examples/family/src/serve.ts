import type { Server } from 'node:http';
import { type Family, memberOf } from '@latchkey/session';

/** Something that listens: an app or the login host. */
export interface Service {
  listen(port: number): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds that open connections get to finish; then they are cut. */
const graceMilliseconds = 500;
/** Milliseconds after which a process that was told to stop goes, whatever is still open. */
const deadlineMilliseconds = 1_000;

/** A node:http server as a service on 127.0.0.1. `release` frees what the app holds besides, such as its store. */
export function httpService(server: Server, release: () => Promise<void>): Service {
  return {
    listen: (port) =>
      new Promise((done, fail) => {
        server.once('error', fail);
        server.listen(port, '127.0.0.1', () => {
          server.off('error', fail);
          done();
        });
      }),
    close: async () => {
      await closeServer(server);
      await release();
    },
  };
}

/**
 * Serves until the process is told to stop: by SIGTERM, by Ctrl-C, or by the end of the process that started it. A
 * supervised process leaves Ctrl-C to its supervisor, which gets it as well. A port that is in use ends the process with
 * one line.
 */
export async function serveUntilStopped(service: Service, port: number): Promise<void> {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(0), deadlineMilliseconds).unref();
    service.close().then(
      () => process.exit(0),
      (error: unknown) => fail('It did not close cleanly', error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', process.connected ? () => undefined : stop);
  process.on('disconnect', stop);
  try {
    await service.listen(port);
  } catch (error) {
    if (!isStopping) fail(`It cannot listen on port ${port}`, error);
  }
}

function closeServer(server: Server): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), graceMilliseconds);
  return new Promise((done) => {
    // The only error says that it was not listening: nothing to close.
    server.close(() => {
      clearTimeout(cut);
      done();
    });
    server.closeIdleConnections();
  });
}

function fail(what: string, error: unknown): void {
  console.error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

/** The port on which an app of the development family listens: the one in its origin. */
export function portOf(family: Family, app: string): number {
  return Number(new URL(memberOf(family, app).origin).port);
}
