import type { Done, SessionData, Session as SessionShape } from './shapes.ts';

/** What makes a session of a request: `new Session(request, data)`. */
export interface SessionConstructor {
  new (request: unknown, data?: unknown): SessionShape & Partial<SessionData>;
  readonly prototype: SessionShape;
}
export type Session = SessionShape;

/** Where a request keeps who looks after its session; see {@link SessionKeeper}. */
export const keeperOf: unique symbol = Symbol('latchkey.session-keeper');

/**
 * Where a session names itself: a symbol of its own, by which it is known also through a Proxy or an object that inherits
 * from it.
 */
const identityKey: unique symbol = Symbol('latchkey.session-identity');

/** Which session this is, whatever the app wrapped around it. */
export function identityOf(session: object): symbol | object {
  return (session as { readonly [identityKey]?: symbol })[identityKey] ?? session;
}

/** A session of its own with the data of another, inherited data included. */
export function copySession(session: SessionShape): SessionShape & Record<string, unknown> {
  const copy = new Session({ sessionID: session.id }) as SessionShape & Record<string, unknown>;
  for (const key in session) {
    if (!(key in Session.prototype)) copy[key] = Reflect.get(session, key);
  }
  return copy;
}

/** What the methods of a session turn to while its request is under way. */
export interface SessionKeeper {
  touched(session: SessionShape): void;
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
  // Properties and not private fields, which a Proxy around the session could not reach; not enumerable, so no data.
  declare readonly req: OwnerParts;
  declare readonly id: unknown;
  declare readonly [identityKey]: symbol;

  constructor(request: unknown, data?: unknown) {
    const { sessionID } = request as OwnerParts;
    Object.defineProperties(this, {
      req: { value: request },
      id: { value: sessionID },
      [identityKey]: { value: Symbol('session') },
    });
    if (typeof data !== 'object' || data === null) return;
    // A key that is a method here (or `__proto__`) is not taken over: data must not become code.
    for (const key in data) {
      if (!(key in this)) Reflect.set(this, key, Reflect.get(data, key));
    }
  }

  touch(): this {
    this.resetMaxAge();
    this.req[keeperOf]?.touched(shapeOf(this));
    return this;
  }

  resetMaxAge(): this {
    this.cookie.maxAge = this.cookie.originalMaxAge;
    return this;
  }

  save(callback?: Done): this {
    const keeper = this.req[keeperOf];
    if (keeper !== undefined) keeper.save(shapeOf(this), callback);
    else this.req.sessionStore.set(this.id, this, callback ?? (() => undefined));
    return this;
  }

  reload(callback: Done): this {
    const { req } = this;
    if (req[keeperOf] !== undefined) {
      req[keeperOf].reload(shapeOf(this), callback);
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
    if (req[keeperOf] !== undefined) req[keeperOf].destroy(shapeOf(this), callback);
    else req.sessionStore.destroy(this.id, callback);
    return this;
  }

  regenerate(callback: Done): this {
    const keeper = this.req[keeperOf];
    if (keeper !== undefined) keeper.regenerate(shapeOf(this), callback);
    else this.req.sessionStore.regenerate(this.req, callback);
    return this;
  }
}

function shapeOf(session: RequestSession): SessionShape {
  return session as unknown as SessionShape;
}

/** The class of `req.session`. */
export const Session: SessionConstructor = RequestSession as unknown as SessionConstructor;
