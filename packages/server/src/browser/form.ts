import { readForm as readFormUpTo } from '@latchkey/session/parts';

/** Bytes a form of the login host may have: the longest request that a sign-in form holds, each character escaped, and more. */
const maxFormBytes = 32_768;

/** The fields of a URL-encoded form of at most 32 KiB; null for anything else. */
export function readForm(request: Request): Promise<URLSearchParams | null> {
  return readFormUpTo(request, maxFormBytes);
}
