import { domainToASCII } from 'node:url';

/** An address in the one form in which it is kept. */
export interface EmailAddress {
  /** NFKC, without white space around it, letters as typed; a domain with letters beyond ASCII as A-labels. */
  readonly email: string;
  /** The same in lower case: what is unique and looked up. */
  readonly key: string;
  /** What follows the `@`, in lower case. */
  readonly domain: string;
}

const maxLength = 254;
const maxLocalLength = 64;
const local = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Control, bidi, zero-width and unassigned characters: nothing that is not seen. */
const unseen = /\p{C}/u;

/**
 * Reads an e-mail address, or null. Narrower than RFC 5322 on purpose: ASCII and dot-atom before the `@`; after it at least
 * two labels, of which those with other letters become A-labels (UTS 46), so that look-alikes are told apart wherever an
 * address is shown; no quotes, comments, address lists or addresses in brackets. Normalised first, then checked, so what is
 * stored is what was checked (GHSA-7rqj-j65f-68wh). Does not check that anyone receives mail there.
 */
export function parseEmail(text: string): EmailAddress | null {
  if (text.length > 4 * maxLength) return null;
  const written = text.trim().normalize('NFKC').trim();
  if (unseen.test(written)) return null;
  const at = written.indexOf('@');
  const domain = asciiDomain(written.slice(at + 1));
  if (at < 1 || domain === null) return null;
  const email = `${written.slice(0, at)}@${domain}`;
  const key = email.toLowerCase();
  const isWellFormed =
    key.length <= maxLength && at <= maxLocalLength && local.test(key.slice(0, key.indexOf('@')));
  return isWellFormed ? { email, key, domain: domain.toLowerCase() } : null;
}

function asciiDomain(written: string): string | null {
  const isAscii = /^[!-~]*$/.test(written);
  // It reads its argument as the host of a URL: what has a meaning there (%, :, a number as address) must not get so far.
  if (!isAscii && /[!-,/:-@[-`{-~ ]/.test(written)) return null;
  const domain = isAscii ? written : domainToASCII(written);
  const labels = domain.toLowerCase().split('.');
  const isDomain = labels.length >= 2 && labels.every((one) => label.test(one));
  return isDomain ? domain : null;
}
