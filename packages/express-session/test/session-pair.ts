import { createServer, request as httpRequest, type RequestListener } from 'node:http';
import { session as ours } from '@latchkey/express-session';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import original from 'express-session';
import { listen } from './listen.ts';

/** Our drop-in and the original, to be asked the same. */
export const implementations: Readonly<Record<'ours' | 'original', Implementation>> = {
  ours: ours,
  original: original as unknown as Implementation,
};

export type Implementation = typeof ours;
export type Options = NonNullable<Parameters<Implementation>[0]>;
type SessionRecord = Parameters<InstanceType<Implementation['Store']>['set']>[1];

export const secret = 'a secret of the tests, 32 bytes and more';

/** What a store was asked, as text. */
export type StoreCall = string;

export interface RecordingStore extends InstanceType<Implementation['MemoryStore']> {
  readonly calls: StoreCall[];
  /** Records by id, parsed. */
  records(): Record<string, unknown>;
}

/** A memory store of that implementation that writes down what it is asked. */
export function recordingStore(implementation: Implementation): RecordingStore {
  // Not a class of its own: the drop-in knows the memory store by its class.
  const store = new implementation.MemoryStore();
  const { get, set, touch, destroy } = store;
  const calls: StoreCall[] = [];
  return Object.assign(store, {
    calls,
    records: () =>
      Object.fromEntries(
        Object.entries(store.sessions).map(([id, text]) => [id, JSON.parse(text) as unknown]),
      ),
    get(...args: Parameters<typeof get>): void {
      calls.push(`get ${args[0]}`);
      get.apply(store, args);
    },
    set(id: string, data: SessionRecord, callback?: () => void): void {
      calls.push(`set ${id} ${JSON.stringify(data)}`);
      set.call(store, id, data, callback);
    },
    touch(id: string, data: SessionRecord, callback?: () => void): void {
      calls.push(`touch ${id} ${JSON.stringify(data.cookie)}`);
      touch.call(store, id, data, callback);
    },
    destroy(id: string, callback?: () => void): void {
      calls.push(`destroy ${id}`);
      destroy.call(store, id, callback);
    },
  });
}

/** What a client saw. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

export interface Asking {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks a server on this machine, on a connection of its own. */
export function ask(
  port: number,
  { path = '/', method = 'GET', headers = {} }: Asking = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ port, path, method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const { date: _, connection: __, 'keep-alive': ___, ...rest } = incoming.headers;
        resolve({
          status: incoming.statusCode ?? 0,
          body: Buffer.concat(chunks).toString(),
          headers: rest as Answer['headers'],
        });
      });
    });
    outgoing.on('error', reject).end();
  });
}

/** The first cookie of an answer as `name=value`, or an empty text. */
export function cookieOf(answer: Answer): string {
  return setCookies(answer)[0]?.split(';')[0] ?? '';
}

export function setCookies(answer: Answer): readonly string[] {
  return (answer.headers['set-cookie'] as string[] | undefined) ?? [];
}

/** An Express app with the middleware; what it tells `next` after the response left is collected. */
export function expressApp(
  middleware: RequestHandler,
  respond: RequestHandler,
  before: readonly RequestHandler[] = [],
): { readonly listener: RequestListener; readonly errors: string[] } {
  const errors: string[] = [];
  // biome-ignore lint/complexity/useMaxParams: Express knows error handlers by their four parameters.
  const report: ErrorRequestHandler = (error, _request, response, next) => {
    if (response.headersSent) {
      errors.push('after the headers');
      return;
    }
    errors.push('before the headers');
    response.status(500).type('text').send('broken');
    void error;
    void next;
  };
  const app = express();
  for (const one of before) app.use(one);
  app.use(middleware).use(respond).use(report);
  return { listener: app, errors };
}

export async function serve(
  listener: RequestListener,
): Promise<AsyncDisposable & { readonly port: number }> {
  const { port, close } = await listen(createServer(listener));
  return { port, [Symbol.asyncDispose]: close };
}
