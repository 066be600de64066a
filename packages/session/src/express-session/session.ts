import type { Done, SessionData, Session as SessionShape } from './shapes.ts';

/** What makes a session of a request: `new Session(request, data)`. */
export interface SessionConstructor {
  new (request: unknown, data?: unknown): SessionShape & Partial<SessionData>;
  readonly prototype: SessionShape;
}
export type Session = SessionShape;

/** Where a request keeps who looks after its session; see {@link SessionKeeper}. */
export const keeperOf: unique symbol = Symbol('latchkey.session-keeper');

/** What the methods of a session turn to while its request is under way. */
export interface SessionKeeper {
  save(session: SessionShape, callback: Done | undefined): void;
  reload(session: SessionShape, callback: Done): void;
  destroy(session: SessionShape, callback: Done | undefined): void;
  regenerate(session: SessionShape, callback: Done): void;
}

interface OwnerParts {
  session?: unknown;
  readonly sessionID?: unknown;
  readonly sessionStore: {
    get(id: unknown, callback: (error: unknown, data?: unknown) => void): void;
    set(id: unknown, session: unknown, callback: Done): void;
    destroy(id: unknown, callback: Done | undefined): void;
    regenerate(request: unknown, callback: Done): void;
    createSession(request: unknown, data: unknown): unknown;
  };
  readonly [keeperOf]?: SessionKeeper;
}

class RequestSession {
  declare cookie: { maxAge: unknown; originalMaxAge: unknown };
  readonly #request: OwnerParts;
  readonly #id: unknown;

  constructor(request: unknown, data?: unknown) {
    this.#request = request as OwnerParts;
    this.#id = this.#request.sessionID;
    if (typeof data !== 'object' || data === null) return;
    // A key that is a method here (or `__proto__`) is not taken over: data must not become code.
    for (const key in data) {
      if (!(key in this)) Reflect.set(this, key, Reflect.get(data, key));
    }
  }

  get req(): OwnerParts {
    return this.#request;
  }

  get id(): unknown {
    return this.#id;
  }

  touch(): this {
    return this.resetMaxAge();
  }

  resetMaxAge(): this {
    this.cookie.maxAge = this.cookie.originalMaxAge;
    return this;
  }

  save(callback?: Done): this {
    const keeper = this.req[keeperOf];
    if (keeper !== undefined) keeper.save(this.#shape, callback);
    else this.req.sessionStore.set(this.id, this, callback ?? (() => undefined));
    return this;
  }

  reload(callback: Done): this {
    const { req } = this;
    if (req[keeperOf] !== undefined) {
      req[keeperOf].reload(this.#shape, callback);
      return this;
    }
    req.sessionStore.get(this.id, (error, data) => {
      if (error) return callback(error);
      if (!data) return callback(new Error('failed to load session'));
      req.sessionStore.createSession(req, data);
      callback();
    });
    return this;
  }

  destroy(callback?: Done): this {
    const { req } = this;
    delete req.session;
    if (req[keeperOf] !== undefined) req[keeperOf].destroy(this.#shape, callback);
    else req.sessionStore.destroy(this.id, callback);
    return this;
  }

  regenerate(callback: Done): this {
    const keeper = this.req[keeperOf];
    if (keeper !== undefined) keeper.regenerate(this.#shape, callback);
    else this.req.sessionStore.regenerate(this.req, callback);
    return this;
  }

  get #shape(): SessionShape {
    return this as unknown as SessionShape;
  }
}

/** The class of `req.session`. */
export const Session: SessionConstructor = RequestSession as unknown as SessionConstructor;
