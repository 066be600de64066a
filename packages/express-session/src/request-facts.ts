import type { TLSSocket } from 'node:tls';
import type { SessionRequest } from './shapes.ts';

/**
 * Whether the connection is secure: TLS here; else, with `proxy` true, what the first value of `X-Forwarded-Proto` says;
 * with `proxy` undefined what Express says of the request.
 */
export function isSecure(request: SessionRequest, proxy: boolean | undefined): boolean {
  if ((request.socket as TLSSocket | undefined)?.encrypted) return true;
  if (proxy === false) return false;
  if (proxy !== true) return request.secure === true;
  const header = request.headers['x-forwarded-proto'];
  const first = (Array.isArray(header) ? header[0] : header)?.split(',')[0];
  return first?.trim().toLowerCase() === 'https';
}

/** The path that the client asked for, also below a mount point; `/` where there is none to be read. */
export function pathOf(request: SessionRequest): string {
  const target = request.originalUrl ?? request.url ?? '';
  if (target.startsWith('/') && !/[\s#]/.test(target)) {
    const query = target.indexOf('?');
    return query === -1 ? target : target.slice(0, query);
  }
  return URL.parse(target, 'http://localhost')?.pathname ?? '/';
}
