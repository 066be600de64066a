import { startPostgresServer, type TestPostgresServer } from '@latchkey/testkit';
import pg from 'pg';
import { openDatabase } from '../src/database/open-database.ts';
import { templateDatabase } from './on-postgres.ts';

// A process beside the tests: the server whose databases they use. Says its URL in one line, and ends it when its
// input ends, also where the tests were killed.
const server = await startPostgresServer({ args: ['-c', 'max_connections=400'] });
await prepare(server);
process.stdout.write(`${server.url}\n`);
process.stdin.resume().on('end', () => void server.stop());

async function prepare({ url }: TestPostgresServer): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    'create sequence test_database_number; create table test_databases (name text primary key, is_free boolean)',
  );
  await client.query(`create database ${templateDatabase}`);
  await client.end();
  const template = new URL(url);
  template.pathname = `/${templateDatabase}`;
  const { close } = await openDatabase(template.href);
  await close();
}
