import type { RequestHandler } from 'express';
import type { Asking, Options, RecordingStore } from './session-pair.ts';

/** One request of a scenario. */
export interface Step extends Asking {
  /** Milliseconds that go by before it. */
  readonly after?: number;
  /** The cookie that it brings: the last one that was set (default), none, or another text made of that. */
  readonly cookie?: 'last' | 'none' | ((last: string) => string);
  /** What is done to the store before it. */
  readonly disturb?: (store: RecordingStore, id: string) => void;
}

/** Requests to an app, of which both implementations must make the same. */
export interface Scenario {
  readonly name: string;
  readonly options?: Partial<Options>;
  readonly before?: readonly RequestHandler[];
  readonly app: RequestHandler;
  readonly steps: readonly Step[];
  /** The app shows when the record was renewed last, which may be longer ago than with the original. */
  readonly showsRenewal?: true;
  readonly prepare?: (store: RecordingStore) => void;
}

export const minute: number = 60_000;
export const thrice: readonly Step[] = [{}, { after: 2_500 }, { after: 61_000 }];
export const lasting: { readonly maxAge: number } = { maxAge: 20 * minute };

declare module '@latchkey/express-session' {
  interface SessionData {
    count: number;
    user: { name: string; cookie?: number };
    at: Date;
  }
}

export const count: RequestHandler = (request, response) => {
  request.session.count = (request.session.count ?? 0) + 1;
  response.send(`visit ${request.session.count}`);
};
export const look: RequestHandler = (request, response) => {
  response.send(`visits: ${request.session?.count ?? 'none'}`);
};
export const countOnPut: RequestHandler = (request, response, next) =>
  request.method === 'PUT' ? count(request, response, next) : look(request, response, next);
export const countUnlessPut =
  (onPut: (...args: Parameters<RequestHandler>) => void): RequestHandler =>
  (request, response, next) =>
    request.method === 'PUT' ? onPut(request, response, next) : count(request, response, next);
export const secureHeader: RequestHandler = (request, _response, next) => {
  Object.defineProperty(request, 'secure', { value: request.headers['x-secure'] === 'true' });
  next();
};
export const put: Step = { method: 'PUT' };
