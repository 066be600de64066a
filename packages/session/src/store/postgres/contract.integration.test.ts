import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type StoreHarness,
  startPostgresServer,
  storeContract,
  type TestPostgresServer,
} from '@latchkey/testkit';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { leaseWaitMilliseconds } from '../lease/lease.ts';
import { createPostgresStore } from './postgres.ts';

const program = process.env['LATCHKEY_TEST_POSTGRES'];
const givenUrl = process.env['DATABASE_URL'];

let server: TestPostgresServer | null = null;
let url = givenUrl ?? '';
let admin: Pool;
beforeAll(async () => {
  if (givenUrl === undefined) {
    server = await startPostgresServer(program === undefined ? {} : { program });
    url = server.url;
  }
  admin = new Pool({ connectionString: url, max: 3 });
});
afterAll(async () => {
  await admin?.end();
  await server?.stop();
});

/** The server's clock cannot be moved; every instant that it compares with can. Last use is compared with nothing. */
async function advance(prefix: string, milliseconds: number): Promise<void> {
  const by = `interval '1 millisecond' * ${milliseconds}`;
  await admin.query(`begin;
    update ${prefix}sessions set expires_at = expires_at - ${by};
    update ${prefix}slots set expires_at = expires_at - ${by}, idle_at = idle_at - ${by};
    update ${prefix}once set expires_at = expires_at - ${by};
    commit`);
}

describe.each([
  { what: 'without memory', memoryBytes: 0 },
  { what: 'with memory', memoryBytes: 1_000_000 },
])('store contract $what', ({ memoryBytes }) => {
  async function makeHarness(): Promise<StoreHarness> {
    const prefix = `test_${randomBytes(6).toString('hex')}_`;
    return {
      // Long enough for a machine that does much else besides.
      open: () => createPostgresStore({ url, prefix, memoryBytes, timeoutMilliseconds: 20_000 }),
      async advance(milliseconds) {
        await advance(prefix, milliseconds);
        // Whoever ends something waits the lease out.
        if (memoryBytes > 0) await sleep(leaseWaitMilliseconds);
      },
      async close() {
        for (const table of ['sessions', 'slots', 'once', 'reports']) {
          await admin.query(`drop table ${prefix}${table}`);
        }
        await admin.query(`drop function ${prefix}tell()`);
      },
    };
  }

  for (const { name, run } of storeContract) test(name, () => run(makeHarness));
});
