import type { Family } from '@latchkey/session';
import type { ExpectedCookie } from './doctor-cookies.ts';
import { badFinding, type Fault, type Finding, proxyOf } from './doctor-finding.ts';
import { firstFault } from './doctor-hop.ts';
import { type Answer, ask, clockFault, generalFault, type Web } from './doctor-web.ts';

/** The login host: health, its page, its name, the cookies that it sets, and whom it answers to. */
export async function examineLoginHost(
  web: Web,
  family: Family,
  now: () => number,
): Promise<Finding> {
  const { origin } = family.loginHost;
  const health = await ask(web, `${origin}/health/ready`);
  const outage = 'store or database do not answer there';
  const general = generalFault(origin, health, outage) ?? clockFault(origin, health, now());
  if (general !== null) return general;
  if (statusOf(health) !== 200) return redirectFault(origin, health) ?? notOurs(origin, health);
  // Health checks answer to any host name, pages only to the configured one.
  const page = await ask(web, `${origin}/sign-in`);
  const pageFault = generalFault(origin, page, '') ?? redirectFault(origin, page);
  if (pageFault !== null) return pageFault;
  if (statusOf(page) !== 200 && statusOf(page) !== 303) return notOurs(origin, page);
  const fault =
    (await issuerFault(web, origin)) ??
    (await cookieFault(web, family)) ??
    (await anyHostFault(web, origin));
  if (fault !== null) return badFinding(origin, fault);
  return { about: origin, state: 'good', words: 'the login host answers' };
}

/** Cookies that the login host sets, with the lines of the config that they come from. */
export function loginHostCookies({ loginHost, sharedCookie }: Family): readonly ExpectedCookie[] {
  const { origin, cookie } = loginHost;
  const own = { origin, scope: cookie, setting: 'loginHost, session.key' };
  const { hostname } = new URL(origin);
  const domain = sharedCookie?.domain ?? null;
  const isUnder = domain !== null && (hostname === domain || hostname.endsWith(`.${domain}`));
  if (sharedCookie === null || !isUnder) return [own];
  const setting = 'session.domain, session.tldLength, session.prefix';
  return [own, { origin, scope: sharedCookie, setting }];
}

/** A proxy that sends browsers elsewhere before Latchkey is asked. */
function redirectFault(origin: string, answer: Answer): Finding | null {
  const location = answer.kind === 'silent' ? null : answer.response.headers.get('location');
  if (location === null || !URL.canParse(location, origin)) return null;
  const target = new URL(location, origin);
  if (target.origin === origin && target.pathname !== '/sign-in') return null;
  if (target.origin === origin) {
    const words = 'redirects go round in circles: /sign-in leads to itself';
    const change = proxyOf(origin, 'no redirect to the scheme or host that was asked for');
    return badFinding(origin, { words, change });
  }
  const words = `it leads to ${target.origin} before Latchkey is asked`;
  return badFinding(origin, {
    words,
    change: `loginHost: '${target.origin}', or the redirect of its proxy`,
  });
}

async function issuerFault(web: Web, origin: string): Promise<Fault | null> {
  const answer = await ask(web, `${origin}/.well-known/openid-configuration`);
  const issuer = answer.kind === 'silent' ? null : issuerIn(answer.text);
  if (issuer === null || issuer === origin) return null;
  return {
    words: `the login host of another config answers here: ${issuer.slice(0, 200).replace(/[^\x20-\x7e]/g, '?')}`,
    change: `loginHost, or ${proxyOf(origin, 'lead to the login host of this family')}`,
  };
}

function issuerIn(text: string): string | null {
  try {
    const { issuer } = JSON.parse(text) as { readonly issuer?: unknown };
    return typeof issuer === 'string' ? issuer : null;
  } catch {
    return null;
  }
}

/**
 * A sign-out of somebody who is not signed in ends nothing, and the answer clears each cookie in the very form in which it
 * is set: what becomes of it on the way becomes of the real one.
 */
async function cookieFault(web: Web, family: Family): Promise<Fault | null> {
  const { origin } = family.loginHost;
  const answer = await ask(web, `${origin}/sign-out`, { method: 'POST', headers: { origin } });
  if (answer.kind === 'silent') return null;
  const { status, headers } = answer.response;
  if (status === 403) {
    return {
      words: '403: forms of its own pages are taken for those of another site; nobody can sign in',
      change: proxyOf(origin, 'hand Origin on unchanged'),
    };
  }
  if (status !== 303) return null;
  const lines = headers.getSetCookie();
  for (const expected of loginHostCookies(family)) {
    const ours = lines.filter((line) => line.trimStart().startsWith(`${expected.scope.name}=`));
    if (ours.length === 0) {
      const words = `the cookie ${expected.scope.name} is missing: nobody stays signed in`;
      return { words, change: proxyOf(origin, 'hand every Set-Cookie on, under its own name') };
    }
    const fault = firstFault(ours, expected);
    if (fault !== null) return fault;
  }
  return null;
}

async function anyHostFault(web: Web, origin: string): Promise<Fault | null> {
  const headers = { host: 'another-host.invalid' };
  const answer = await ask(web, `${origin}/sign-in`, { headers });
  if (answer.kind === 'silent' || answer.response.status !== 200) return null;
  return {
    words: 'it answers to host names that are not its own',
    change: proxyOf(
      origin,
      'hand on the Host that was asked for (nginx: proxy_set_header Host $host)',
    ),
  };
}

function statusOf(answer: Answer): number | null {
  return answer.kind === 'silent' ? null : answer.response.status;
}

function notOurs(origin: string, answer: Answer): Finding {
  const words = `${statusOf(answer)}: Latchkey does not answer there`;
  return badFinding(origin, { words, change: `loginHost, or what answers at ${origin}` });
}
