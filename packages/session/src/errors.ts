/**
 * Every code that `@latchkey/session` can throw, with what it means. `docs/errors.md` has a row for each;
 * `tools/check-errors` compares the two lists.
 */
export const errorCodes = {
  option_invalid: 'An option is missing, misspelt, of the wrong type or out of its bounds.',
  family_invalid: 'The family config contradicts itself or names something that cannot work.',
  shared_scope_conflict: 'An app of another reach is under the shared cookie domain.',
  host_conflict:
    'An app that is not trusted with sign-ins is on the host of a cookie that opens one.',
  app_unknown: 'The family has no app of that name.',
  app_key_invalid: 'The app key is missing or is not one that the login host printed.',
  secret_missing: 'A secret is missing, too short or of too few different characters.',
  cookie_domain_refused:
    'A cookie domain is a public suffix, an address, a single label or not above the host.',
  cookie_name_refused: 'A cookie name has characters that it may not have, or a misspelt prefix.',
  cookie_too_large: 'A cookie would be larger than browsers keep (4,096 bytes).',
  store_url_unknown: 'The store URL has a scheme that no store answers to.',
  store_client_missing: 'The client package of the store is not installed.',
  store_unavailable: 'The session store did not answer in time, or answered with an error.',
  session_ended: 'Something was saved in a session that had ended meanwhile.',
  session_data_invalid:
    'Session data is not plain JSON, larger than a session may be, or not in session.data.',
  login_host_unavailable: 'The login host did not answer, or refused the call of this app.',
} as const;

/** One of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

/**
 * The one error class of Latchkey. `code` is stable and meant for programs, `message` says what was wrong, where,
 * and what to do. Neither ever contains a cookie value, a token or a key. What failed outside (a socket, a
 * database) is in `cause`. Other packages use it with code lists of their own: `new LatchkeyError<CliErrorCode>(…)`.
 * The list is never inferred from the code, which would take any misspelt one.
 */
export class LatchkeyError<Code extends string = ErrorCode> extends Error {
  override readonly name = 'LatchkeyError';
  readonly code: Code;
  constructor(code: NoInfer<Code>, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * True when `error` is a {@link LatchkeyError} with this code. By its name, not its class: a bundler may have put this module
 * into an app twice. For the codes of another package name its list: `hasCode<ServerErrorCode>(error, 'database_missing')`.
 */
export function hasCode<Code extends string = ErrorCode>(
  error: unknown,
  code: NoInfer<Code>,
): error is LatchkeyError<Code> {
  return (
    error instanceof Error &&
    error.name === 'LatchkeyError' &&
    'code' in error &&
    error.code === code
  );
}
