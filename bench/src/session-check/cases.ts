/** Where sessions lie: none, one of our stores, or a peer's. `redis-asked`: without memory, so each check asks the server. */
export type SessionKind =
  | 'none'
  | 'memory'
  | 'sqlite'
  | 'redis'
  | 'redis-asked'
  | 'express-session';

/** One way to answer GET /me. */
export interface Case {
  readonly name: string;
  readonly framework: 'node:http' | 'express' | 'fastify' | 'hono';
  readonly session: SessionKind;
  /** Most CPU it may take, as a multiple of bare node:http; null: no goal of its own. */
  readonly goal: number | null;
}

/** What everything is compared with. */
export const bare = 'node:http';

/** A check may not cost more than a Redis GET would on a plain client. */
const costOfOneGet = 1.6;

/** All cases. The bare server of a framework has the framework's name. */
export const cases: readonly Case[] = [
  { name: bare, framework: 'node:http', session: 'none', goal: null },
  { name: 'node:http, memory', framework: 'node:http', session: 'memory', goal: null },
  { name: 'node:http, SQLite', framework: 'node:http', session: 'sqlite', goal: costOfOneGet },
  { name: 'node:http, Redis', framework: 'node:http', session: 'redis', goal: costOfOneGet },
  {
    name: 'node:http, Redis asked each time',
    framework: 'node:http',
    session: 'redis-asked',
    goal: costOfOneGet,
  },
  { name: 'express', framework: 'express', session: 'none', goal: null },
  { name: 'express, Redis', framework: 'express', session: 'redis', goal: null },
  {
    name: 'express, express-session + connect-redis',
    framework: 'express',
    session: 'express-session',
    goal: null,
  },
  { name: 'fastify', framework: 'fastify', session: 'none', goal: null },
  { name: 'fastify, Redis', framework: 'fastify', session: 'redis', goal: null },
  { name: 'hono', framework: 'hono', session: 'none', goal: null },
  { name: 'hono, Redis', framework: 'hono', session: 'redis', goal: null },
];

/** The cases with this text in their names, and the bare servers that they are compared with. */
export function casesWith(text: string): Case[] {
  const chosen = cases.filter(({ name }) => name.includes(text));
  const references = new Set<string>([bare, ...chosen.map(({ framework }) => framework)]);
  return cases.filter((one) => chosen.includes(one) || references.has(one.name));
}
