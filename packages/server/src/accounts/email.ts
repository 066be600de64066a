/** An address in the one form in which it is kept. */
export interface EmailAddress {
  /** As typed, NFC, without white space around it. */
  readonly email: string;
  /** Lower case: what is unique and looked up. */
  readonly key: string;
}

const maxLength = 254;
const maxLocalLength = 64;
const local = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads an e-mail address, or null. Narrower than RFC 5322 on purpose: ASCII, dot-atom before the `@`, at least two
 * labels after it; no quotes, comments, address lists or addresses in brackets. Normalised first, then checked, so
 * what is stored is what was checked (GHSA-7rqj-j65f-68wh). Does not check that anyone receives mail there.
 */
export function parseEmail(text: string): EmailAddress | null {
  if (text.length > 4 * maxLength) return null;
  const email = text.normalize('NFC').trim();
  const key = email.toLowerCase().normalize('NFC');
  const at = key.indexOf('@');
  const labels = key.slice(at + 1).split('.');
  const isWellFormed =
    key.length <= maxLength &&
    at <= maxLocalLength &&
    local.test(key.slice(0, Math.max(at, 0))) &&
    labels.length >= 2 &&
    labels.every((one) => label.test(one));
  return isWellFormed ? { email, key } : null;
}
