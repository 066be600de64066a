import type { Cookie } from './cookie.ts';
import type { RuleId } from './rules.ts';
import type { Severity } from './severity.ts';
import { isAddress, isPublicSuffix, liesUnder } from './site.ts';

/** Why browsers do not keep the cookie at all (RFC 6265bis, section 5.7). */
export type DropReason =
  | 'domain-public-suffix'
  | 'domain-address'
  | 'domain-single-label'
  | 'domain-not-a-name'
  | 'domain-not-above-host'
  | 'prefix'
  | 'size'
  | 'same-site-none-insecure';

/** What is wrong with the cookie itself, whoever its receivers are. */
export interface CookieFault {
  readonly ruleId: RuleId;
  readonly severity: Severity;
  readonly message: string;
}

const sizeLimit = 4096;
const hostPrefixes = ['__host-', '__host-http-'];
const securePrefixes = ['__secure-', '__http-', ...hostPrefixes];
/** `Host__`, `__host_`, `__HostHttp-`, `_Secure-` and kin: near a prefix, and no prefix to any browser. */
const nearPrefix =
  /^(?:__(?:host|secure|http|host_?http)[-_]|_?(?:host|secure|http)(?:__|-_|_-|--)|_(?:host|secure)-)/i;

/** Whether browsers hold the cookie to the rules of `__Host-`, which no sibling can set. Upper and lower case alike. */
export function isHostPrefixed({ name }: Cookie): boolean {
  return hostPrefixes.some((prefix) => name.toLowerCase().startsWith(prefix));
}

/** Why browsers drop the cookie, or null when they keep it. Of several reasons the first. */
export function dropReason(cookie: Cookie): DropReason | null {
  return (
    domainReason(cookie) ??
    (breaksPrefix(cookie) ? 'prefix' : null) ??
    (cookie.octets > sizeLimit ? 'size' : null) ??
    (cookie.sameSite === 'none' && !cookie.secure ? 'same-site-none-insecure' : null)
  );
}

function domainReason({ domain, host }: Cookie): DropReason | null {
  if (domain === null) return null;
  if (!/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(domain)) {
    return isAddress(domain) ? 'domain-address' : 'domain-not-a-name';
  }
  if (isAddress(domain)) return domain === host ? null : 'domain-address';
  if (!domain.includes('.')) return 'domain-single-label';
  if (isPublicSuffix(domain)) return 'domain-public-suffix';
  return host === null || liesUnder(host, domain) ? null : 'domain-not-above-host';
}

function breaksPrefix(cookie: Cookie): boolean {
  const { name, domain, secure, httpOnly, path, origin } = cookie;
  // `__Host-` wants Path=/ to be said; whoever describes a cookie by hand may leave it out.
  const isRoot = path === '/' || (path === null && origin === 'described');
  const lower = name.toLowerCase();
  if (securePrefixes.some((prefix) => lower.startsWith(prefix)) && !secure) return true;
  if ((lower.startsWith('__http-') || lower.startsWith('__host-http-')) && !httpOnly) return true;
  return hostPrefixes.some((prefix) => lower.startsWith(prefix)) && (domain !== null || !isRoot);
}

const dropWords: Readonly<Record<DropReason, readonly [RuleId, Severity, string]>> = {
  'domain-public-suffix': [
    'cookie-domain',
    'critical',
    'is a public suffix: strangers register names below it, and browsers refuse it',
  ],
  'domain-address': [
    'cookie-domain',
    'critical',
    'is an IP address, which has no subdomains; browsers refuse it',
  ],
  'domain-single-label': [
    'cookie-domain',
    'critical',
    'is a single label, a suffix to browsers, which refuse it',
  ],
  'domain-not-a-name': [
    'cookie-domain',
    'critical',
    'is no host name of ASCII letters; browsers drop the cookie (write A-labels)',
  ],
  'domain-not-above-host': [
    'cookie-domain',
    'critical',
    'is not above the host that sets the cookie; browsers drop it',
  ],
  prefix: ['cookie-prefix', 'medium', 'breaks the rules of its prefix; browsers drop the cookie'],
  size: ['cookie-size', 'medium', 'has more than 4096 octets of name and value; browsers drop it'],
  'same-site-none-insecure': [
    'cookie-secure',
    'medium',
    'has SameSite=None without Secure; browsers drop it',
  ],
};

/** The faults of the cookie. Who receives it is not looked at. */
export function cookieFaults(cookie: Cookie): readonly CookieFault[] {
  const faults: CookieFault[] = [];
  const reason = dropReason(cookie);
  if (reason !== null) {
    const [ruleId, severity, words] = dropWords[reason];
    const subject =
      ruleId === 'cookie-domain' ? `The Domain ${cookie.domain}` : `Cookie ${cookie.name}`;
    faults.push({ ruleId, severity, message: `${subject} ${words}.` });
  }
  if (!cookie.secure && reason !== 'same-site-none-insecure') {
    faults.push({
      ruleId: 'cookie-secure',
      severity: 'medium',
      message: `Cookie ${cookie.name} has no Secure: browsers send it over plain http too, to anybody on the way.`,
    });
  }
  if (looksMisspelt(cookie.name)) {
    faults.push({
      ruleId: 'cookie-prefix',
      severity: 'medium',
      message: `Cookie ${cookie.name} looks like a misspelt prefix: to browsers it is none and protects nothing.`,
    });
  }
  return [...faults, ...absences(cookie)];
}

/** What a real answer leaves out. Of a cookie written by hand nobody knows. */
function absences({ name, origin, httpOnly, sameSite }: Cookie): readonly CookieFault[] {
  if (origin === 'described') return [];
  const faults: CookieFault[] = [];
  if (!httpOnly) {
    const message = `Cookie ${name} has no HttpOnly: scripts of every page that receives it can read it.`;
    faults.push({ ruleId: 'cookie-http-only', severity: 'low', message });
  }
  if (sameSite === null) {
    const message = `Cookie ${name} has no SameSite: browsers differ in what they assume.`;
    faults.push({ ruleId: 'cookie-same-site', severity: 'low', message });
  }
  return faults;
}

/** What is not said of a cookie that was written by hand, in words for the report's notes. */
export function unsaid({ origin, httpOnly, sameSite }: Cookie): readonly string[] {
  if (origin !== 'described') return [];
  const missing = [...(httpOnly ? [] : ['HttpOnly']), ...(sameSite === null ? ['SameSite'] : [])];
  if (missing.length === 0) return [];
  return [
    `The cookie was described without ${missing.join(' and ')}: say them too if it has them.`,
  ];
}

function looksMisspelt(name: string): boolean {
  const lower = name.toLowerCase();
  return nearPrefix.test(name) && !securePrefixes.some((prefix) => lower.startsWith(prefix));
}
