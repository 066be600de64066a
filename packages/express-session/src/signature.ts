import { type CipherKey, createHmac, timingSafeEqual } from 'node:crypto';

/** `<value>.<HMAC-SHA256 of it, base64 without padding>`: the form of the package cookie-signature. */
export function sign(value: string, secret: CipherKey): string {
  return `${value}.${signatureOf(value, secret)}`;
}

/** The value of a signed text, or null where none of the secrets signed it. */
export function unsign(signed: string, secrets: readonly CipherKey[]): string | null {
  const dot = signed.lastIndexOf('.');
  if (dot === -1) return null;
  const value = signed.slice(0, dot);
  const given = Buffer.from(signed.slice(dot + 1));
  for (const secret of secrets) {
    const expected = Buffer.from(signatureOf(value, secret));
    if (expected.length === given.length && timingSafeEqual(expected, given)) return value;
  }
  return null;
}

function signatureOf(value: string, secret: CipherKey): string {
  const base64 = createHmac('sha256', secret).update(value).digest('base64');
  // 32 bytes are 43 characters and one of padding.
  return base64.slice(0, 43);
}
