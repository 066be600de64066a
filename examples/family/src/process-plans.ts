import { fileURLToPath } from 'node:url';
import type { Family } from '@latchkey/session';
import { deriveAppKey } from '@latchkey/session/parts';
import type { ProcessPlan } from './family-process.ts';
import type { Settings } from './settings.ts';

/** Which family is started, and where. */
export interface FamilySurroundings {
  readonly family: Family;
  readonly settings: Settings;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * The processes of the family. The family secret and the people's password are in the environment of the login host
 * alone; each app gets the key of its own, and nothing else that is secret.
 */
export function planProcesses(
  { family, settings, environment }: FamilySurroundings,
  secret: string,
): readonly ProcessPlan[] {
  const {
    LATCHKEY_SECRET: _secret,
    LATCHKEY_SEED_PASSWORD: seedPassword,
    LATCHKEY_APP_KEY: _appKey,
    ...open
  } = environment;
  const everywhere = {
    ...open,
    LATCHKEY_BASE_PORT: String(settings.basePort),
    LATCHKEY_DATA: settings.dataFolder,
    LATCHKEY_STORE: settings.store,
  };
  const login = {
    name: 'login',
    file: fileURLToPath(new URL('./login-host.ts', import.meta.url)),
    environment: {
      ...everywhere,
      LATCHKEY_SECRET: secret,
      ...(seedPassword === undefined ? {} : { LATCHKEY_SEED_PASSWORD: seedPassword }),
    },
  };
  const apps = [...family.apps.keys()].map((name) => ({
    name,
    file: fileURLToPath(new URL(`../../${name}/src/main.ts`, import.meta.url)),
    environment: { ...everywhere, LATCHKEY_APP_KEY: deriveAppKey(secret, name) },
  }));
  return [login, ...apps];
}
