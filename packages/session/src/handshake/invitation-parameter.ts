import { parseReturnPath } from './destination.ts';

/** Name of the parameter that carries an invitation. */
export const invitationParameter = 'latchkey_invitation';

/** What a request line brings of invitations. */
export interface InvitedPath {
  /** Every value of the parameter as it stands, nothing decoded; null for `latchkey_invitation[]` and the like. */
  readonly values: readonly (string | null)[];
  /** The path and query without the parameter, spelt as browsers spell it. */
  readonly cleanPath: string;
}

/**
 * The invitation in path and query of a request line, or null where there is none. The rest of the query stays byte for byte
 * as it is. Null as well where the path itself is none of `origin`'s: then it is left to the app, parameter and all.
 */
export function readInvitedPath(path: string, origin: string): InvitedPath | null {
  // Asked at every request, and nearly always this is the whole of it.
  const at = path.indexOf(invitationParameter);
  const queryAt = at === -1 ? -1 : path.indexOf('?');
  if (queryAt === -1 || at < queryAt) return null;
  const pairs = path.slice(queryAt + 1).split('&');
  const ours = pairs.filter(isOurs);
  if (ours.length === 0) return null;
  const rest = pairs.filter((pair) => !isOurs(pair)).join('&');
  const clean = `${path.slice(0, queryAt)}${rest === '' ? '' : `?${rest}`}`;
  const cleanPath = parseReturnPath(clean, origin);
  return cleanPath === null ? null : { values: ours.map(valueIn), cleanPath };
}

/**
 * A link with an invitation in it, or null when it does not lead to exactly `targetOrigin`: a `Location` that somebody else
 * chose gets none. An invitation that is there already goes; a fragment stays at the end.
 */
export function withInvitation(
  link: string,
  targetOrigin: string,
  invitation: string,
): string | null {
  const [, address = '', fragment = ''] = /^([^#]*)(#.*)?$/.exec(link) ?? [];
  const queryAt = address.indexOf('?');
  const base = queryAt === -1 ? address : address.slice(0, queryAt);
  const query = queryAt === -1 ? [] : address.slice(queryAt + 1).split('&');
  const kept = query.filter((pair) => pair !== '' && !isOurs(pair));
  const path = base === targetOrigin ? `${base}/` : base;
  // Strictly, as every destination: what browsers would have to repair may lead elsewhere.
  const leadsThere = !link.startsWith('/') && parseReturnPath(path, targetOrigin) !== null;
  if (!leadsThere || parseReturnPath(`/?${query.join('&')}`, targetOrigin) === null) return null;
  return `${path}?${[...kept, `${invitationParameter}=${invitation}`].join('&')}${fragment}`;
}

function isOurs(pair: string): boolean {
  const end = pair.search(/[=[]|%5b/i);
  return (end === -1 ? pair : pair.slice(0, end)) === invitationParameter;
}

function valueIn(pair: string): string | null {
  const start = `${invitationParameter}=`;
  return pair.startsWith(start) ? pair.slice(start.length) : null;
}
