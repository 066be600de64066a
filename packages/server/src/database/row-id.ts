const pattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text from outside can be an id: what cannot is not looked up (Postgres fails on a NUL). */
export function isRowId(text: string): boolean {
  return pattern.test(text);
}

/** A UUID version 4 (RFC 9562, 5.4) from 16 random bytes: the id of accounts, sign-ins and notices. */
export function createRowId(randomBytes: (size: number) => Buffer): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
