import { randomBytes } from 'node:crypto';
import { startPostgresServer, type TestPostgresServer } from '@latchkey/testkit';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrations } from '../database/migrations.ts';
import type { Database } from '../database/schema.ts';
import { createOneTimeLinks } from '../one-time-links/one-time-links.ts';
import { mailsPerHour } from './allowance.ts';
import { createMailQueue } from './mail-queue.ts';

let server: TestPostgresServer;
let db: Kysely<Database>;
beforeAll(async () => {
  server = await startPostgresServer();
  pg.types.setTypeParser(20, Number);
  const pool = new pg.Pool({ connectionString: server.url, max: 20 });
  db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  for (const migration of Object.values(migrations)) await migration.up(db);
});
afterAll(async () => {
  await db.destroy();
  await server.stop();
});

test('Postgres: of forty mails added to one address at the same time, five are queued', async () => {
  const queue = createMailQueue({ keys: [Buffer.alloc(32, 1)], now: Date.now, randomBytes });
  const message = { kind: 'reset-password', link: 'https://login.kittens.example/' } as const;
  const mail = { to: 'ada@kittens.example', language: 'en', message } as const;
  const results = await Promise.all(
    Array.from({ length: 40 }, () =>
      db.transaction().execute((transaction) => queue.add(transaction, mail)),
    ),
  );
  expect(results.filter((result) => result === 'queued')).toHaveLength(mailsPerHour);
  expect(await db.selectFrom('mails').select('id').execute()).toHaveLength(mailsPerHour);
});

test('Postgres: of forty uses of one link at the same time, one is good; of forty links made, one works', async () => {
  const links = createOneTimeLinks({ db, now: Date.now, randomBytes });
  const link = { purpose: 'reset-password', subject: 'ada', lifetimeSeconds: 900 } as const;
  const make = () => db.transaction().execute((transaction) => links.make(transaction, link));
  const use = (token: string) =>
    db.transaction().execute((transaction) => links.use(transaction, token, link.purpose));
  const token = await make();
  const uses = await Promise.all(Array.from({ length: 40 }, () => use(token)));
  expect(uses.filter(({ kind }) => kind === 'good')).toHaveLength(1);
  const tokens = await Promise.all(Array.from({ length: 40 }, make));
  const each = await Promise.all(tokens.map(use));
  expect(each.filter(({ kind }) => kind === 'good')).toHaveLength(1);
});
