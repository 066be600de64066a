import type { Family, FamilyMember } from '@latchkey/session';

import { type ExpectedCookie, lineFault } from './doctor-cookies.ts';
import { badFinding, type Fault, type Finding, proxyOf } from './doctor-finding.ts';
import { addressOf, type Visit, type Walk, walk } from './doctor-walk.ts';
import { clockFault, type Examination, generalFault } from './doctor-web.ts';

/**
 * Begins to sign in at an app as a browser would, up to the sign-in page of the login host. Null where all is well: then the
 * cookies of the way were kept and every redirect led where the config says.
 */
export async function hopFault(
  { web, family, now }: Examination,
  app: FamilyMember,
): Promise<Finding | null> {
  const walked = await walk(web, `${app.origin}/sign-in?return_to=/`);
  const [first] = walked.visits;
  if (first === undefined) return null;
  const judge = app.reach === 'oidc' ? foreignFault : beginningFault;
  const found = walked.end === 'loop' ? null : judge(family, app, first);
  return (
    clockFault(app.origin, first.answer, now()) ??
    (found === null ? null : badFinding(app.origin, found)) ??
    endFault(family, app, walked)
  );
}

/** The first answer: a redirect to the login host for this app, with the cookie by which the browser may come back. */
function beginningFault(
  family: Family,
  app: FamilyMember,
  { url, answer, target }: Visit,
): Fault | null {
  if (answer.kind === 'silent') return null;
  const { status, headers } = answer.response;
  if (target === null) {
    const words = `${status}: /sign-in does not lead to the login host`;
    return { words, change: `apps.${app.name}.origin, or what answers there` };
  }
  const strayed = strayedFault(family, app, { url, target });
  if (strayed !== null) return strayed;
  const other = target.searchParams.get('app');
  if (other !== app.name) {
    return {
      words: `another app answers here: ${shown(other)}`,
      change: `apps.${app.name}.origin, or ${proxyOf(app.origin, 'lead to the process of this app')}`,
    };
  }
  return flowFault(app, headers.getSetCookie());
}

/** Redirects that are none of the app's: of a proxy that wants another scheme or host, or of another config. */
function strayedFault(
  family: Family,
  app: FamilyMember,
  { url, target }: Readonly<Record<'url' | 'target', URL>>,
): Fault | null {
  const login = family.loginHost.origin;
  if (target.origin === login && target.pathname === '/handshake') return null;
  if (target.searchParams.has('state') && target.pathname === '/handshake') {
    const isScheme = target.host === new URL(login).host;
    return {
      words: `it leads to ${target.origin} as login host, and the config says ${login}`,
      change: isScheme
        ? proxyOf(app.origin, 'hand Location on unchanged (nginx: proxy_redirect off)')
        : `loginHost: the app runs with another config, or ${proxyOf(app.origin, 'hand Location on unchanged (nginx: proxy_redirect off)')}`,
    };
  }
  if (target.origin === url.origin) {
    const change = proxyOf(app.origin, 'no redirects of its own for /sign-in');
    return { words: `/sign-in leads to ${shown(target.pathname)} of the same host`, change };
  }
  return {
    words: `it leads to ${target.origin} instead of the login host`,
    change: `apps.${app.name}.origin: '${target.origin}', or ${proxyOf(app.origin, 'no redirect to another scheme or host')}`,
  };
}

function flowFault(app: FamilyMember, lines: readonly string[]): Fault | null {
  const isSecure = app.cookie?.secure ?? true;
  const name = `${isSecure ? '__Host-' : ''}latchkey_flow_${app.name}_`;
  const ours = lines.filter((line) => line.trimStart().startsWith(name));
  if (ours.length === 0) {
    return {
      words: `the cookie ${name}… is missing: nobody can come back from the login host`,
      change: proxyOf(app.origin, 'hand Set-Cookie on'),
    };
  }
  const expected: ExpectedCookie = {
    origin: app.origin,
    scope: { name, domain: null, secure: isSecure, sameSite: 'lax' },
    setting: `apps.${app.name}.origin`,
  };
  return firstFault(ours, expected);
}

/** Of an app with a session of its own: what browsers drop of it. What else it does is its own. */
function foreignFault(_family: Family, app: FamilyMember, { answer }: Visit): Fault | null {
  if (answer.kind === 'silent') return null;
  const lines = answer.response.headers.getSetCookie().filter((line) => line.includes('='));
  for (const line of lines) {
    const name = line.slice(0, line.indexOf('=')).trim();
    const scope = { name, domain: null, secure: false, httpOnly: false, sameSite: 'lax' } as const;
    const fault = lineFault(line, { origin: app.origin, scope, setting: `apps.${app.name}` });
    if (fault?.words.startsWith('browsers drop') === true) return fault;
  }
  return null;
}

/** What to change where app and login host have no key in common. */
export function appKeyChange({ name }: FamilyMember): string {
  return `LATCHKEY_APP_KEY of ${name}: what latchkey app-key ${name} prints; or secrets, here and at the login host`;
}

/** How the walk ended: at a page of the login host, or in circles. */
function endFault(family: Family, app: FamilyMember, { visits, end }: Walk): Finding | null {
  const login = family.loginHost.origin;
  const last = visits.at(-1);
  if (last === undefined) return null;
  const { origin } = last.url;
  if (end === 'loop' || end === 'too-long') {
    const places = [
      ...visits.map(({ url }) => url),
      ...(last.target === null ? [] : [last.target]),
    ];
    const words = `redirects go round in circles: ${places.slice(-4).map(addressOf).map(shown).join(' -> ')}`;
    const change = proxyOf(origin, 'no redirect to the scheme or host that was asked for');
    return badFinding(app.origin, { words, change });
  }
  if (app.reach === 'oidc' && origin !== login) return null;
  const general = generalFault(origin, last.answer, '');
  // What the login host lacks is said of it, once.
  if (general !== null) return origin === login ? null : general;
  if (last.answer.kind === 'silent') return null;
  const { status } = last.answer.response;
  if (last.url.pathname === '/paused') {
    const words = `signing in to ${app.name} is paused: the shared cookie would reach others`;
    return badFinding(app.origin, {
      words,
      change: `what ${login}/exposure names, or exposure.accepted`,
    });
  }
  if (last.url.pathname === '/handshake' && status === 400) {
    const words = `the login host does not know ${app.name} at ${app.origin}`;
    return badFinding(app.origin, {
      words,
      change: `apps.${app.name} in the config that the login host runs with`,
    });
  }
  if (last.url.pathname === '/handshake' && status === 409) {
    const words = 'its app key is another: the login host has none of the keys that it says it has';
    return badFinding(app.origin, { words, change: appKeyChange(app) });
  }
  if (origin === login && status === 200) return null;
  const words = `signing in ends at ${shown(addressOf(last.url))} with ${status}`;
  return badFinding(app.origin, { words, change: `loginHost, or what answers at ${origin}` });
}

/** The first thing wrong with any of the lines. */
export function firstFault(lines: readonly string[], expected: ExpectedCookie): Fault | null {
  for (const line of lines) {
    const fault = lineFault(line, expected);
    if (fault !== null) return fault;
  }
  return null;
}

/** What a server said, on a terminal. */
function shown(text: string | null): string {
  return (text ?? '(none)').slice(0, 200).replace(/[^\x20-\x7e]/g, '?');
}
