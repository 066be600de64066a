import { inspectDatabase, type MigrationState } from '@latchkey/server/administration';
import type { Family } from '@latchkey/session';
import { examineSecrets } from './doctor.ts';
import { badFinding, type Finding, messageOf } from './doctor-finding.ts';
import { examineStore, missingFile, type StoreExamination } from './doctor-store.ts';

/** What was found of the database. The lists are names of migrations, there where it could be read. */
export interface DatabaseFinding extends Finding, Partial<Omit<MigrationState, 'hasTables'>> {}

const about = 'database';
const setting =
  "database: 'sqlite:./data/latchkey.db' or 'postgres://user:password@host:5432/database'";

/**
 * `latchkey check`: whether config, secrets, store and database are in order, without calling login host or apps. Applies no
 * migration and makes no file; a Postgres store without tables makes them.
 */
export async function check(examination: StoreExamination): Promise<readonly DatabaseFinding[]> {
  const { family } = examination;
  const [ofStore, ofDatabase] = await Promise.all([
    examineStore(examination),
    examineDatabase(family),
  ]);
  const { origin } = family.loginHost;
  const words = `apps: ${[...family.apps.keys()].join(', ')}; login host: ${origin}`;
  return [{ about: 'config', state: 'good', words }, examineSecrets(family), ofStore, ofDatabase];
}

async function examineDatabase({ database }: Family): Promise<DatabaseFinding> {
  if (database === null || database === 'sqlite::memory:') {
    const words = 'the config names none that outlives the login host';
    return badFinding(about, { words, change: setting });
  }
  const missing = missingFile(database);
  if (missing !== null) {
    return badFinding(about, {
      words: `there is no file ${missing}`,
      change: 'database, or start the login host, which makes it',
    });
  }
  try {
    return judge(await inspectDatabase(database));
  } catch (error) {
    return badFinding(about, { words: reasonOf(error), change: about });
  }
}

function judge({ hasTables, pending, unknown }: MigrationState): DatabaseFinding {
  const lists = { pending, unknown };
  if (unknown.length > 0) {
    const words = `a newer release has changed it: ${unknown.join(', ')}`;
    return { ...badFinding(about, { words, change: 'the release: the newer one' }), ...lists };
  }
  if (!hasTables) {
    const words = `it has no tables; pending: ${pending.join(', ')}`;
    const change = 'database, or start the login host, which makes the tables';
    return { ...badFinding(about, { words, change }), ...lists };
  }
  const words =
    pending.length === 0
      ? 'up to date'
      : `pending until the next start of a login host: ${pending.join(', ')}`;
  return { about, state: 'good', words, ...lists };
}

/** With what the database itself said. */
function reasonOf(error: unknown): string {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause === error ? messageOf(error) : `${messageOf(error)} It said: ${messageOf(cause)}`;
}
