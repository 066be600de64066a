import { seal, unseal } from '@latchkey/session/parts';
import type { NewMail } from './message.ts';

/** The row that a sealed mail is bound to, and the keys (32 bytes each, newest first). */
export interface SealedBy {
  readonly id: string;
  readonly keys: readonly Buffer[];
}

/** A mail as it is stored: who reads the database reads no link and no text. Opens in its own row alone. */
export function sealMail(
  mail: NewMail,
  { id, keys, randomBytes }: SealedBy & { readonly randomBytes: (size: number) => Buffer },
): string {
  return seal({ keys, purpose: purposeOf(id) }, JSON.stringify(mail), randomBytes);
}

/** The mail of a row, or null where no secret of the family opens it any more. */
export function openMail(payload: string, { id, keys }: SealedBy): NewMail | null {
  const opened = unseal({ keys, purpose: purposeOf(id) }, payload);
  return opened.kind === 'opened' ? (JSON.parse(opened.plain.toString()) as NewMail) : null;
}

function purposeOf(id: string): string {
  return `latchkey mail\n${id}`;
}
