/**
 * Every code that `@latchkey/exposure` can throw, with what it means. `docs/errors.md` has a row for each;
 * `tools/check-errors` compares the two lists.
 */
export const exposureErrorCodes = {
  exposure_input_invalid:
    'A zone file, an export, a cookie, a list, a baseline or an earlier report cannot be read.',
} as const;

/** One of {@link exposureErrorCodes}. */
export type ExposureErrorCode = keyof typeof exposureErrorCodes;

/**
 * The error of this package, told apart by `code`. It has the name of Latchkey's one error class, which this package
 * does not import: programs look at `name` and `code`. The message never contains a cookie's value.
 */
export class ExposureError extends Error {
  override readonly name = 'LatchkeyError';
  readonly code: ExposureErrorCode;
  constructor(code: ExposureErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What is thrown for input that cannot be read. */
export function refuseInput(message: string, cause?: unknown): ExposureError {
  return new ExposureError('exposure_input_invalid', message, { cause });
}

/** The JSON in a text of a file. Throws `exposure_input_invalid` for any other. */
export function requireJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuseInput(`${file} is no JSON.`, error);
  }
}
