import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import type { ListeningServer } from '@latchkey/testkit';
import type { Session } from '../src/session-object/session.ts';

/** Listens on a port that the system chooses, on 127.0.0.1. */
export async function listen(server: Server): Promise<ListeningServer> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The chunks of `/stream`, with a turn of the event loop in between. */
export async function* threeChunks(): AsyncGenerator<string> {
  for (const chunk of ['one', 'two', 'three']) {
    await nextTurn();
    yield chunk;
  }
}

/** The 4 MiB of `/big`. */
export function* bigChunks(): Generator<Buffer> {
  for (let chunk = 0; chunk < 64; chunk += 1) yield Buffer.alloc(65_536, 'x');
}

/** What `/endless` sends until nobody listens. */
export async function* endlessChunks(): AsyncGenerator<string> {
  for (;;) {
    await nextTurn();
    yield 'x'.repeat(1000);
  }
}

/** What `/events` sends: one event, and then nothing while somebody listens. */
export function eventStream(): PassThrough {
  const stream = new PassThrough();
  stream.write('data: 1\n\n');
  return stream;
}

/** A stream of bytes over chunks. */
export function streamOf(chunks: Iterable<Buffer> | AsyncIterable<string>): Readable {
  return Readable.from(chunks, { objectMode: false });
}

/** The tokens of `/csrf`. */
export function csrfTokens(session: Session): { any: string; form: string } {
  const form = session.csrfToken({ action: '/guarded', method: 'post' });
  return { any: session.csrfToken(), form };
}

/** What an argument of the call that answers does: touches the session. */
export function late(session: Session): string {
  session.data['late'] = true;
  return 'late';
}

/** What `/headers` is asked for: its status and its headers, by the query. */
export function headersPage(
  session: Session,
  url: string,
): { readonly status: number; readonly headers: readonly [string, string][] } {
  const query = new URL(url, 'http://x').searchParams;
  if (query.has('store')) session.data['stored'] = true;
  const headers = [...query].filter(([name]) => name !== 'store' && name !== 'status');
  return { status: Number(query.get('status') ?? 200), headers };
}

/** The calls of `/unawaited`. */
export const sessionCalls = ['save', 'rotate', 'end', 'signIn', 'signOut'] as const;

/** Begins a call of a session and does not wait for it. */
export function beginCall(session: Session, call: (typeof sessionCalls)[number]): void {
  if (call === 'save') session.data['visits'] = Number(session.data['visits'] ?? 0) + 1;
  const account = { id: '1', email: 'ada@kittens.example', name: 'Ada' };
  void (call === 'signIn' ? session.signIn(account) : session[call]());
}

/** The `Cache-Control` that `/private` is asked for, or null. */
export function askedCaching(url: string): string | null {
  return new URL(url, 'http://x').searchParams.get('cache-control');
}

/** The form fields of a body. */
export function fieldsOf(body: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body));
}

export async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
