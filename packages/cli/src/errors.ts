/**
 * Every code of the `latchkey` command itself; the packages that it calls have codes of their own. `docs/errors.md` has a
 * row for each.
 */
export const cliErrorCodes = {
  config_not_found: 'There is no family config at that path.',
  config_unreadable: 'The family config could not be loaded.',
  config_not_family: 'The default export of the config was not made by defineFamily.',
  input_invalid: 'An argument, an option or the standard input cannot be used.',
  account_unknown: 'No account has that address.',
  account_exists: 'An account has that address already.',
  store_not_shared: 'The login host cannot share a store that lives in memory with its apps.',
  family_unwell: 'Something is wrong with the family, as far as it can be seen from here.',
  exposure_found: 'The check of who receives the cookie found something, or was not finished.',
  listen_failed: 'The login host cannot listen at that address and port.',
} as const;

/** One of {@link cliErrorCodes}; thrown as `LatchkeyError<CliErrorCode>`. */
export type CliErrorCode = keyof typeof cliErrorCodes;
