import type { PageRequest } from '@latchkey-example/family/open-page';
import type { DevelopmentFamily } from './family.ts';
import { ask } from './http.ts';

/** A browser without a screen: keeps cookies by host and domain, and follows redirects only when told. */
export interface Visitor {
  /** One request with this visitor's cookies; takes the cookies of the answer. */
  go(url: string, init?: PageRequest): Promise<Response>;
  /** The same, and on through redirects and pages that go on by themselves; answers with the last response and where it came from. */
  follow(
    url: string,
    init?: PageRequest,
    seen?: (response: Response) => void,
  ): Promise<{ readonly url: string; readonly response: Response }>;
  /** What it would send as `Cookie`. */
  cookiesFor(url: string): string;
}

interface KeptCookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly isForDomain: boolean;
}

const maxHops = 12;

export function createVisitor(): Visitor {
  let kept: readonly KeptCookie[] = [];
  const cookiesFor = (url: string): string => {
    const { hostname } = new URL(url);
    return kept
      .filter(({ host, isForDomain }) =>
        isForDomain ? hostname === host || hostname.endsWith(`.${host}`) : hostname === host,
      )
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  };
  const take = (url: string, line: string): void => {
    const cookie = parseLine(url, line);
    kept = kept.filter(({ name, host }) => name !== cookie.name || host !== cookie.host);
    if (!/max-age=0\b/i.test(line)) kept = [...kept, cookie];
  };
  const go = async (url: string, init: PageRequest = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('cookie', cookiesFor(url));
    const response = await ask(url, { ...init, headers });
    for (const line of response.headers.getSetCookie()) take(url, line);
    return response;
  };
  return {
    go,
    cookiesFor,
    async follow(start, init, seen = () => undefined) {
      let url = start;
      let response = await go(url, init);
      for (let hop = 0; hop < maxHops; hop += 1) {
        seen(response);
        const location = await nextOf(response);
        if (location === null) return { url, response };
        url = new URL(location, url).href;
        response = await go(url);
      }
      throw new Error(`More than ${maxHops} redirects from ${start}.`);
    },
  };
}

/** What the hidden field of a sign-in form says; null where the answer is no such form. */
export async function heldRequest(response: Response): Promise<string | null> {
  const field = /name="return_to" value="([^"]*)"/.exec(await response.text())?.[1];
  return field?.replaceAll('&amp;', '&') ?? null;
}

/** Where a browser goes on to by itself. */
async function nextOf(response: Response): Promise<string | null> {
  const location = response.headers.get('location');
  const isPage = response.headers.get('content-type')?.startsWith('text/html') === true;
  if (location !== null || !isPage) return location;
  const refresh = /http-equiv="refresh" content="0;url=([^"]*)"/.exec(
    await response.clone().text(),
  );
  return refresh?.[1]?.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))) ?? null;
}

/** Signs in at the shop by the form of the login host. */
export async function signInByForm(
  visitor: Visitor,
  family: DevelopmentFamily,
  person = 'ben',
): Promise<void> {
  const { url, response } = await visitor.follow(`${family.origin('shop')}/sign-in`);
  const returnTo = (await heldRequest(response)) ?? '';
  const form = new URLSearchParams({
    email: `${person}@kittens.example`,
    password: family.password,
    return_to: returnTo,
  });
  const arrived = await visitor.follow(new URL('/sign-in', url).href, {
    method: 'POST',
    headers: {
      origin: family.origin('login'),
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: form.toString(),
  });
  if (arrived.url !== `${family.origin('shop')}/`) {
    throw new Error(`Signing in led to ${arrived.url} with ${arrived.response.status}.`);
  }
}

function parseLine(url: string, line: string): KeptCookie {
  const [pair = '', ...attributes] = line.split(/;\s*/);
  const at = pair.indexOf('=');
  const domain = attributes.find((one) => /^domain=/i.test(one))?.slice('domain='.length);
  return {
    name: pair.slice(0, at),
    value: pair.slice(at + 1),
    host: domain ?? new URL(url).hostname,
    isForDomain: domain !== undefined,
  };
}
