import { CommanderError } from 'commander';

/** How the command ends; the table is in `docs/cli.md`. */
export const exitCodes = { done: 0, failed: 1, input: 2 } as const;

/** What is wrong with the command line, the standard input or the config: to be corrected before another try. */
const inputCodes: readonly string[] = [
  'config_not_found',
  'config_unreadable',
  'config_not_family',
  'input_invalid',
  'store_not_shared',
  'option_invalid',
  'family_invalid',
  'shared_scope_conflict',
  'host_conflict',
  'app_unknown',
  'exposure_input_invalid',
  'cookie_domain_refused',
  'cookie_name_refused',
  'cookie_too_large',
  'store_url_unknown',
  'database_url_unknown',
];

/** The exit code for something thrown. Asking for help or the version is no failure. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.done : exitCodes.input;
  }
  const code = codeOf(error);
  return code !== null && inputCodes.includes(code) ? exitCodes.input : exitCodes.failed;
}

/** The code of a LatchkeyError, also one of another copy of the package, which the config may have loaded. */
export function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || error.name !== 'LatchkeyError' || !('code' in error))
    return null;
  return typeof error.code === 'string' ? error.code : null;
}
