/**
 * Where sessions lie: nowhere, in one of our stores, or in a peer's. `hook`: no session, but what any session library must
 * do to add a header in time. `hand-map`: a cookie, a `Map` and one object, the least that can be called sessions.
 * `redis-asked` has no memory, so each check asks the server; `hand-made` does the same as a program for this one purpose.
 */
export type SessionKind =
  | 'none'
  | 'hook'
  | 'hand-map'
  | 'sqlite'
  | 'redis'
  | 'redis-asked'
  | 'hand-made'
  | 'express-session'
  | 'drop-in';

/** One way to answer GET /me. */
export interface Case {
  readonly name: string;
  readonly framework: 'node:http' | 'express' | 'fastify' | 'hono';
  readonly session: SessionKind;
  /** People signed in, asked about in turn. Default: the plan's. */
  readonly people?: number;
}

export const nodeBare: Case = { name: 'node:http', framework: 'node:http', session: 'none' };
export const nodeHit: Case = { name: 'Latchkey', framework: 'node:http', session: 'redis' };
export const nodeRedisAsked: Case = {
  name: 'Latchkey, Redis asked',
  framework: 'node:http',
  session: 'redis-asked',
};
/** The peer of that. */
export const nodeHandMade: Case = {
  name: 'hand-made, Redis asked',
  framework: 'node:http',
  session: 'hand-made',
};
/** More people than the store remembers rows of: one of five is read from the file. */
export const nodeSqlite: Case = {
  name: 'Latchkey, SQLite',
  framework: 'node:http',
  session: 'sqlite',
  people: 20_000,
};
/** So many more that three of four are. */
export const nodeSqliteRead: Case = {
  ...nodeSqlite,
  name: 'Latchkey, SQLite read',
  people: 60_000,
};
/** So many that what is known of one is in no cache of the processor when its turn comes; of fewer, memory keeps all as they are. */
const peopleInTurn = 2_000;

/** What a check adds on Express, beside the least that one can do. */
export const expressInTurn: Readonly<Record<'bare' | 'handMade' | 'hit', Case>> = {
  bare: { name: 'express', framework: 'express', session: 'none', people: peopleInTurn },
  handMade: {
    name: 'hand-made middleware',
    framework: 'express',
    session: 'hand-map',
    people: peopleInTurn,
  },
  hit: { name: 'Latchkey', framework: 'express', session: 'redis', people: peopleInTurn },
};

/** The peer of the goals on Express. */
export const expressSession: Case = {
  name: 'express-session + connect-redis',
  framework: 'express',
  session: 'express-session',
};

/** Ours in its place, on the same store package. */
export const dropIn: Case = {
  name: 'drop-in + connect-redis',
  framework: 'express',
  session: 'drop-in',
};

/** A framework alone, with a bare hook, and with sessions that memory answers for. */
export function casesOf(framework: Exclude<Case['framework'], 'node:http'>): {
  readonly bare: Case;
  readonly hook: Case;
  readonly hit: Case;
} {
  return {
    bare: { name: framework, framework, session: 'none' },
    hook: { name: `${framework} with a bare hook`, framework, session: 'hook' },
    hit: { name: 'Latchkey', framework, session: 'redis' },
  };
}
