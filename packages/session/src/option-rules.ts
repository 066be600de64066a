import { LatchkeyError } from './errors.ts';

// The rules by which the front doors of all packages check what they are given: one answer to one bad value, whoever takes
// it. Each throws `option_invalid` or, for secrets, `secret_missing`; `where` names the option, and no message shows a value
// that may be secret. What contradicts itself *between* options stays with the front door that knows both.

/** 400 days: as long as browsers keep a cookie at most (RFC 6265bis, section 5.5). */
export const maxLifetimeSeconds = 34_560_000;

/** Bytes a secret has at least, and how many different characters: 32 random bytes in any spelling have more. */
const minSecretBytes = 32;
const minDifferentCharacters = 10;

export function invalidOption(message: string, options?: ErrorOptions): LatchkeyError {
  return new LatchkeyError('option_invalid', message, options);
}

/** An object with no other keys than these: a misspelt option is refused and not passed over. */
export function refuseUnknown(options: unknown, known: readonly string[], where: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidOption(`${where} must be an object.`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw invalidOption(`${where} has no option '${unknown}'. It has: ${known.join(', ')}.`);
}

/** An origin in WHATWG form (`https://shop.example`): https, or http where browsers treat it as secure, under `.localhost`. */
export function requireOrigin(value: unknown, where: string): string {
  const url = new URL(requireUrl(value, where));
  if (url.origin === value && !value.includes('*')) return value;
  throw invalidOption(
    `${where} must be an origin: scheme and host in lower case, no path, no final slash: '${url.origin}'.`,
  );
}

/** An absolute URL, spelt as browsers spell it: what is compared letter by letter has one spelling (RFC 9700, 2.1). */
export function requireUrl(value: unknown, where: string): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  const given = String(value);
  if (url === null || url.username !== '' || url.password !== '' || given.includes('#')) {
    throw invalidOption(
      `${where} must be an absolute URL without user name and fragment, such as https://shop.example.`,
    );
  }
  if (url.href !== given && url.href !== `${given}/`) {
    throw invalidOption(`${where} must be written as browsers write it: '${url.href}'.`);
  }
  const isLocal = url.hostname === 'localhost' || url.hostname.endsWith('.localhost');
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)) return given;
  throw invalidOption(`${where} must be https; http is for hosts under .localhost alone.`);
}

/** Secrets, newest first. Throws `secret_missing`, which says what is wrong with which and shows none. */
export function requireSecrets(secrets: unknown, where: string): readonly string[] {
  const fault = secretsFault(secrets, where);
  if (fault === null) return secrets as readonly string[];
  throw new LatchkeyError(
    'secret_missing',
    `${where} must be a list, newest first, of secrets of at least ${minSecretBytes} random bytes each; ${fault}. \`openssl rand -base64 48\` makes one.`,
  );
}

function secretsFault(secrets: unknown, where: string): string | null {
  if (!Array.isArray(secrets)) return 'this is no list';
  if (secrets.length === 0) return 'there is none (a variable of the environment that is not set?)';
  const faults = secrets.map(secretFault);
  const at = faults.findIndex((fault) => fault !== null);
  return at === -1 ? null : `${where}[${at}] ${faults[at]}`;
}

/** Why a secret could be guessed, as words that follow its name; null where nothing is to be seen. */
function secretFault(secret: unknown): string | null {
  if (secret === undefined) return 'is undefined: a variable of the environment that is not set';
  if (typeof secret !== 'string') return 'is no text';
  if (secret === '') return 'is empty';
  const bytes = Buffer.byteLength(secret);
  if (bytes < minSecretBytes) return `has ${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  return new Set(secret).size < minDifferentCharacters
    ? `has fewer than ${minDifferentCharacters} different characters`
    : null;
}

/** Seconds that a session, a sign-in or a cookie may last: a whole number from 1 to {@link maxLifetimeSeconds}. */
export function requireLifetime(seconds: unknown, where: string): number {
  if (typeof seconds === 'number' && seconds > maxLifetimeSeconds) {
    throw invalidOption(
      `${where} must be at most ${maxLifetimeSeconds} seconds (400 days), as long as browsers keep a cookie; nothing lasts for ever. Write ${maxLifetimeSeconds} for the longest.`,
    );
  }
  return requireWhole(seconds, where, { least: 1 });
}

/** A whole number within bounds, both included. */
export function requireWhole(
  value: unknown,
  where: string,
  { least, most = Number.MAX_SAFE_INTEGER }: { readonly least: number; readonly most?: number },
): number {
  const isWithin = Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
  if (isWithin) return Number(value);
  const bounds =
    most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw invalidOption(`${where} must be a whole number ${bounds}.`);
}

/** One of a few texts. */
export function requireOneOf<Value extends string>(
  value: unknown,
  allowed: readonly Value[],
  where: string,
): Value {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  const quoted = allowed.map((one) => `'${one}'`);
  const last = quoted.pop() ?? '';
  throw invalidOption(
    `${where} must be ${quoted.length === 0 ? '' : `${quoted.join(', ')} or `}${last}.`,
  );
}

/** A text that is not blank. */
export function requireText(value: unknown, where: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw invalidOption(`${where} must be a text that is not empty.`);
}

/** A list of texts, none of them blank. */
export function requireTexts(value: unknown, where: string): readonly string[] {
  const isGood =
    Array.isArray(value) && value.every((one) => typeof one === 'string' && one.trim() !== '');
  if (isGood) return value as string[];
  throw invalidOption(`${where} must be a list of texts.`);
}

/** True or false. */
export function requireBoolean(value: unknown, where: string): boolean {
  if (typeof value === 'boolean') return value;
  throw invalidOption(`${where} must be true or false.`);
}
