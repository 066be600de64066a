import type { CipherKey } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { cookieLine } from './cookie.ts';
import type { Cookie } from './shapes.ts';
import { sign } from './signature.ts';

/** Adds the session cookie to those of the response. Throws TypeError for attributes that cannot be written. */
export function setSessionCookie(
  response: ServerResponse,
  { name, id, secret, cookie }: { name: string; id: string; secret: CipherKey; cookie: Cookie },
): void {
  const line = cookieLine(name, `s:${sign(id, secret)}`, cookie.data);
  const before = response.getHeader('set-cookie') ?? [];
  response.setHeader('set-cookie', Array.isArray(before) ? [...before, line] : [`${before}`, line]);
}
