import { createHash } from 'node:crypto';
import {
  createSessionId,
  createSlot,
  type Sessions,
  type StoreKey,
  storeKey,
} from '@latchkey/session/parts';

/** What a form that was shown is known by: 128 random bits in a hidden field, base64url. Of no power by itself. */
const pattern = /^[A-Za-z0-9_-]{22}$/;

export function createFormId(randomBytes: (size: number) => Buffer): string {
  return randomBytes(16).toString('base64url');
}

/**
 * Where the session store notes what a form's first post led to, so that its second one finds that also in a browser that
 * brought no session cookie; null for a text that is no form's id.
 */
export function formKey(
  { realm }: Pick<Sessions, 'realm'>,
  formId: string | null,
): StoreKey | null {
  if (formId === null || !pattern.test(formId)) return null;
  const digest = createHash('sha256').update(`sign-in form ${formId}`).digest();
  // In the place of a session id that no browser has.
  const bytes = (size: number): Buffer => digest.subarray(0, size);
  return storeKey(realm, createSessionId(createSlot(bytes), bytes));
}
