import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

/**
 * Text sealed for a browser to keep: AES-256-GCM, so nobody reads it and no change of it opens. Bound to the
 * scope of a session, so that what was sealed for one app opens in no other. Nothing is compressed: lengths would tell what is inside.
 *
 * Layout, base64url: version (1 byte) | nonce (12) | ciphertext | tag (16). Nonces are random: with one secret at most
 * 2^32 texts should be sealed (NIST SP 800-38D, section 8.3); put a new secret first once in a few years.
 */
const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const leastBytes = 1 + nonceBytes + tagBytes;
const pattern = /^[A-Za-z0-9_-]{39,5500}$/;

/** The 32-byte keys that secrets give for sealing cookies, in their order (HKDF-SHA256, RFC 5869). */
export function sealingKeys(secrets: readonly string[]): readonly Buffer[] {
  return secrets.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret, 'latchkey', 'latchkey session cookie', 32)),
  );
}

/** Seals under the first key. */
export function seal(
  [key]: readonly Buffer[],
  text: string,
  binding: string,
  randomBytes: (size: number) => Buffer,
): string {
  if (key === undefined) throw new Error('There is no key to seal with.');
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(binding));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const parts = [Buffer.of(version), nonce, sealed, cipher.getAuthTag()];
  return Buffer.concat(parts).toString('base64url');
}

/** What was sealed under any of the keys; null for everything else. Never throws. */
export function unseal(keys: readonly Buffer[], sealed: string, binding: string): string | null {
  const bytes = pattern.test(sealed) ? Buffer.from(sealed, 'base64url') : null;
  if (bytes === null || bytes.length < leastBytes || bytes[0] !== version) return null;
  // Base64url has spare bits at the end: two texts must not be one cookie.
  if (bytes.toString('base64url') !== sealed) return null;
  for (const key of keys) {
    const text = decrypt(key, bytes, binding);
    if (text !== null) return text;
  }
  return null;
}

function decrypt(key: Buffer, bytes: Buffer, binding: string): string | null {
  const nonce = bytes.subarray(1, 1 + nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(binding));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    const opened = decipher.update(bytes.subarray(1 + nonceBytes, -tagBytes));
    return Buffer.concat([opened, decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
