import { dropReason, parseSetCookie, receivesCookie, scopeOf } from '@latchkey/exposure';
import { type Answer, ask, type Web } from './doctor-web.ts';

/** One request of a walk. */
export interface Visit {
  readonly url: URL;
  readonly answer: Answer;
  /** Where it leads, absolute; null where it is no redirect. */
  readonly target: URL | null;
}

/** A browser that follows redirects, to its end. */
export interface Walk {
  readonly visits: readonly Visit[];
  readonly end: 'page' | 'silent' | 'loop' | 'too-long';
}

/** More than any browser needs; browsers themselves give up after twenty. */
const longest = 10;

/** Opens a page as a browser does that has no cookies yet, keeps what browsers keep, and follows redirects. */
export async function walk(web: Web, start: string): Promise<Walk> {
  const visits: Visit[] = [];
  const jar: Jar = new Map();
  let url: URL | null = new URL(start);
  while (url !== null) {
    if (visits.length === longest) return { visits, end: 'too-long' };
    const visit = await open(web, url, jar);
    visits.push(visit);
    if (visit.answer.kind === 'silent') return { visits, end: 'silent' };
    const { target } = visit;
    if (target !== null && visits.some((one) => addressOf(one.url) === addressOf(target))) {
      return { visits, end: 'loop' };
    }
    url = target;
  }
  return { visits, end: 'page' };
}

/** Cookies by name and place: the `name=value` of each, with whether a host gets it. */
type Jar = Map<string, { readonly pair: string; readonly goesTo: (url: URL) => boolean }>;

async function open(web: Web, url: URL, jar: Jar): Promise<Visit> {
  const cookie = [...jar.values()].filter(({ goesTo }) => goesTo(url)).map(({ pair }) => pair);
  const headers = {
    accept: 'text/html',
    ...(cookie.length > 0 ? { cookie: cookie.join('; ') } : {}),
  };
  const answer = await ask(web, url.href, { headers });
  if (answer.kind === 'silent') return { url, answer, target: null };
  for (const line of answer.response.headers.getSetCookie()) keep(jar, url, line);
  return { url, answer, target: targetOf(url, answer.response) };
}

/** What browsers keep (RFC 6265bis, section 5.7), by the rules that judge exposures. Lifetimes are not looked at. */
function keep(jar: Jar, url: URL, line: string): void {
  const parsed = parseSetCookie(line, { host: url.hostname });
  if (parsed.kind === 'refused' || dropReason(parsed.cookie) !== null) return;
  const { cookie } = parsed;
  const scope = scopeOf(cookie);
  const path = cookie.path ?? '/';
  jar.set(`${cookie.name};${cookie.domain ?? url.hostname};${path}`, {
    pair: (line.split(';')[0] ?? '').trim(),
    goesTo: (to) =>
      receivesCookie(scope, to.hostname) &&
      (path === '/' || to.pathname === path || to.pathname.startsWith(`${path}/`)) &&
      (!cookie.secure || to.protocol === 'https:' || to.hostname.endsWith('.localhost')),
  });
}

function targetOf(url: URL, { status, headers }: Response): URL | null {
  const location = headers.get('location');
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return null;
  return URL.canParse(location, url.href) ? new URL(location, url) : null;
}

/** Without parameters: each hop has a `state` of its own. */
export function addressOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
