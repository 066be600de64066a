import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Names the environment variable with the URL of the server that the suite runs on. */
export const databaseServerVariable = 'LATCHKEY_TEST_DATABASE_SERVER';
/** The database with all tables, of which tests get copies. */
export const templateDatabase = 'latchkey_template';

/**
 * Before the suite of the server runs on Postgres: one server for all tests. Vitest's `globalSetup`, which does not find packages from
 * source: that is done in a process of its own.
 */
export async function setup(): Promise<() => Promise<void>> {
  const script = new URL('./postgres-databases.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--conditions=latchkey-source', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface(child.stdout);
  const failed = exited.then(() => {
    throw new Error('The Postgres server for the tests did not start.');
  });
  const [url] = (await Promise.race([once(lines, 'line'), failed])) as [string];
  failed.catch(() => undefined);
  process.env[databaseServerVariable] = url;
  return async () => {
    delete process.env[databaseServerVariable];
    child.stdin.end();
    await exited;
  };
}
