import { createCipheriv, createDecipheriv } from 'node:crypto';

// The one sealed envelope: AES-256-GCM, so nobody reads what is in it and no change of it opens. Cookies, handshake tokens,
// invitations, sign-out tickets and the provider's signing keys are sealed by it, each for a purpose of its own: what was sealed for
// one opens for no other. Nothing is compressed: lengths would tell what is inside. What is in it, when it runs out and
// whether it counts once are the callers'.
//
// Layout, base64url in its canonical spelling: version (1 byte) | nonce (12) | ciphertext | tag (16). Nonces are random: with
// one key at most 2^32 texts should be sealed (NIST SP 800-38D, section 8.3); put a new secret first once in a few years.
const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** Bytes that an envelope has besides what is in it. */
export const envelopeBytes: number = 1 + nonceBytes + tagBytes;

/** Under what envelopes are sealed. */
export interface Seal {
  /** 32 bytes each, newest first: the first seals, all open. */
  readonly keys: readonly Buffer[];
  /** Says what this is and what it is bound to; it is not in the envelope and must be the same for opening. */
  readonly purpose: string;
}

/** An envelope that opened. */
export interface OpenedEnvelope {
  readonly kind: 'opened';
  readonly plain: Buffer;
  /** Names this envelope and no other: its nonce, 96 random bits that the tag covers. 16 characters. */
  readonly id: string;
}

/** Why an envelope did not open: no envelope at all, or not sealed under these keys for this purpose. */
export interface RefusedEnvelope {
  readonly kind: 'refused';
  readonly why: 'malformed' | 'forged';
}

/** Throws where there is no key. */
export function seal(
  { keys: [key], purpose }: Seal,
  plain: Buffer | string,
  randomBytes: (size: number) => Buffer,
): string {
  if (key === undefined) throw new Error('There is no key to seal with.');
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(purpose));
  const bytes = typeof plain === 'string' ? Buffer.from(plain) : plain;
  const sealed = [Buffer.of(version), nonce, cipher.update(bytes), cipher.final()];
  return Buffer.concat([...sealed, cipher.getAuthTag()]).toString('base64url');
}

/** Opens what was sealed under any of the keys. Never throws. The length of the text is for callers to bound. */
export function unseal({ keys, purpose }: Seal, text: string): OpenedEnvelope | RefusedEnvelope {
  const bytes = readBase64url(text);
  if (bytes === null || bytes.length < envelopeBytes || bytes[0] !== version) {
    return { kind: 'refused', why: 'malformed' };
  }
  const bound = Buffer.from(purpose);
  for (const key of keys) {
    const plain = decrypt(key, bytes, bound);
    const id = bytes.toString('base64url', 1, 1 + nonceBytes);
    if (plain !== null) return { kind: 'opened', plain, id };
  }
  return { kind: 'refused', why: 'forged' };
}

/** The bytes of a base64url text in its one canonical spelling; else null: spare bits at the end would make two texts one. */
export function readBase64url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

function decrypt(key: Buffer, bytes: Buffer, purpose: Buffer): Buffer | null {
  const nonce = bytes.subarray(1, 1 + nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(purpose);
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    const opened = decipher.update(bytes.subarray(1 + nonceBytes, -tagBytes));
    return Buffer.concat([opened, decipher.final()]);
  } catch {
    return null;
  }
}
