import { canonicalHost, isPublicSuffix } from './site.ts';

/** A cookie as far as its scope goes. Its value is never kept: only its size. */
export interface Cookie {
  readonly name: string;
  /** Canonical; null for a cookie of one host. Not judged here: {@link dropReason} does. */
  readonly domain: string | null;
  /** The host that sets it, where that is known. */
  readonly host: string | null;
  /** Null: not said, so it is the folder of the address that sets it. */
  readonly path: string | null;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: 'strict' | 'lax' | 'none' | null;
  /** Name and value, in octets. */
  readonly octets: number;
  /**
   * `described`: written by hand, so what is not said may still be there. `observed`: a real answer. `configured`: the
   * family's own cookie.
   */
  readonly origin: 'described' | 'observed' | 'configured';
}

/** Why the text is no cookie to any browser (RFC 6265bis, section 5.6). */
export type ParseRefusal = 'empty' | 'control-character';

export type ParseResult =
  | { readonly kind: 'cookie'; readonly cookie: Cookie }
  | { readonly kind: 'refused'; readonly why: ParseRefusal };

/** What {@link parseSetCookie} knows beside the text. */
export interface ParseContext {
  /** The host that sends it. Default unknown. */
  readonly host?: string | null;
  /** Default `observed`. In a `described` cookie a name may stand without `=` and value. */
  readonly origin?: Cookie['origin'];
}

const attributeLimit = 1024;

/**
 * Reads a `Set-Cookie` text as browsers do (RFC 6265bis-22, section 5.6): the last of equal attributes counts, one leading
 * dot of `Domain` goes, an empty one means host-only, values over 1024 octets are ignored. Never throws.
 */
export function parseSetCookie(text: string, context: ParseContext = {}): ParseResult {
  const { origin = 'observed' } = context;
  const host = context.host == null ? null : canonicalHost(context.host);
  if (hasControl(text)) return { kind: 'refused', why: 'control-character' };
  const [pair = '', ...attributes] = text.split(';');
  const { name, value } = readPair(pair, origin);
  if (name === '' && value === '') return { kind: 'refused', why: 'empty' };
  const found = readAttributes(attributes);
  const domain = domainOf(found.get('domain') ?? '', host);
  const path = found.get('path') ?? '';
  const cookie: Cookie = {
    name,
    domain,
    host,
    origin,
    path: path.startsWith('/') ? path : null,
    secure: found.has('secure'),
    httpOnly: found.has('httponly'),
    sameSite: sameSiteOf(found.get('samesite')),
    octets: Buffer.byteLength(name) + Buffer.byteLength(value),
  };
  return { kind: 'cookie', cookie };
}

/** The `Domain` to audit, or null for host-only. What has no canonical form stays as it is, to be refused by name. */
function domainOf(attribute: string, host: string | null): string | null {
  const bare = attribute.replace(/^\./, '');
  if (bare === '') return null;
  // Browsers drop a cookie whose Domain is not ASCII, so it must not be turned into A-labels here.
  const domain = bare.toLowerCase();
  // Section 5.7: a public suffix is allowed when it is the host itself; the cookie is then host-only.
  return domain === host && isPublicSuffix(domain) ? null : domain;
}

function readPair(
  pair: string,
  origin: Cookie['origin'],
): { readonly name: string; readonly value: string } {
  const equals = pair.indexOf('=');
  if (equals !== -1)
    return { name: trim(pair.slice(0, equals)), value: trim(pair.slice(equals + 1)) };
  return origin === 'described' ? { name: trim(pair), value: '' } : { name: '', value: trim(pair) };
}

function readAttributes(attributes: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const attribute of attributes) {
    const equals = attribute.indexOf('=');
    const name = trim(equals === -1 ? attribute : attribute.slice(0, equals)).toLowerCase();
    const value = equals === -1 ? '' : trim(attribute.slice(equals + 1));
    if (Buffer.byteLength(value) <= attributeLimit) found.set(name, value);
  }
  return found;
}

function sameSiteOf(text: string | undefined): Cookie['sameSite'] {
  const value = text?.toLowerCase();
  return value === 'strict' || value === 'lax' || value === 'none' ? value : null;
}

/** Blanks and tabs alone, as section 5.6 has it. A pattern would begin again at each blank in the middle. */
function trim(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(text, from)) from += 1;
  while (to > from && isBlank(text, to - 1)) to -= 1;
  return text.slice(from, to);
}

function isBlank(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t';
}

function hasControl(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true;
  }
  return false;
}
