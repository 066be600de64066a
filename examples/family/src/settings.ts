import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the environment says about the development family. */
export interface Settings {
  /** Port of the login host; the apps have the four that follow. From `LATCHKEY_BASE_PORT`, default 4000. */
  readonly basePort: number;
  /** Absolute. From `LATCHKEY_DATA`, default `.latchkey` in the repository; a relative path starts there. */
  readonly dataFolder: string;
  /** URL of the session store. From `LATCHKEY_STORE`, default a SQLite file in the data folder. */
  readonly store: string;
}

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const lastBasePort = 65_535 - 4;

/** Reads the settings. Throws an Error with one line to show when a value cannot be used. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const folder = environment['LATCHKEY_DATA'] || '.latchkey';
  const dataFolder = isAbsolute(folder) ? folder : resolve(repository, folder);
  return {
    basePort: readBasePort(environment['LATCHKEY_BASE_PORT']),
    dataFolder,
    store: readStore(environment['LATCHKEY_STORE'], dataFolder),
  };
}

function readStore(url: string | undefined, dataFolder: string): string {
  if (url === undefined || url === '') return `sqlite:${join(dataFolder, 'sessions.db')}`;
  if (!url.startsWith('memory:')) return url;
  throw new Error(
    'LATCHKEY_STORE cannot be memory: the apps are processes of their own and must share the store.',
  );
}

function readBasePort(text: string | undefined): number {
  if (text === undefined || text === '') return 4000;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port > 0 && port <= lastBasePort) return port;
  throw new Error(`LATCHKEY_BASE_PORT must be a whole number from 1 to ${lastBasePort}.`);
}
