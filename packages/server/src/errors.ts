/**
 * Every code that `@latchkey/server` can throw beside those of `@latchkey/session`. `docs/errors.md` has a row for
 * each; `tools/check-errors` compares the two lists.
 */
export const serverErrorCodes = {
  database_url_unknown: 'The database URL has a scheme that the login host cannot open.',
  database_missing: 'There is no database, and the call may not make one.',
  database_client_missing: 'The package pg, which the database URL asks for, is not installed.',
  database_unavailable:
    'The database could not be opened or brought up to date, or did not take a query.',
  seeds_refused: 'Development people or their password were asked for in production.',
  exposure_found: 'The shared cookie would reach hosts that others run.',
  exposure_unchecked: 'Who receives the shared cookie could not be found out.',
  mail_missing: 'People are to register by links in mails, and there is no mail server.',
  address_refused: 'An outgoing call would have gone to an address that is not allowed.',
} as const;

/** One of {@link serverErrorCodes}; thrown as `LatchkeyError<ServerErrorCode>`. */
export type ServerErrorCode = keyof typeof serverErrorCodes;
