/** A web handler. */
export type WebHandler = (request: Request) => Response | Promise<Response>;

/** Where a visit ended, and the way there. */
export interface Visit {
  readonly response: Response;
  readonly text: string;
  /** Every URL that was asked for, the last one included. */
  readonly urls: readonly string[];
  /** Every answer on the way, the last one included. */
  readonly responses: readonly Response[];
}

/** A browser without a network: asks web handlers by host and keeps cookies as browsers do. */
export interface TestBrowser {
  /** One request for a page, with the cookies that fit; redirects are not followed. */
  send(url: string, init?: RequestInit): Promise<Response>;
  /** A navigation: follows redirects and pages that go on by themselves, at most 20; keeps the cookies of each answer. */
  visit(url: string, init?: RequestInit): Promise<Visit>;
  /** The `Cookie` header for a URL, or undefined. */
  cookieHeader(url: string): string | undefined;
  /** Takes a `Set-Cookie` line as if the host of `url` had sent it. */
  setCookie(url: string, line: string): void;
  /** Drops the cookies whose name this says yes to. */
  dropCookies(isDropped: (name: string) => boolean): void;
  /** The same cookies in a browser of its own. */
  copy(): TestBrowser;
}

/** What a test browser does differently from others. */
export interface TestBrowserOptions {
  /** Says which cookies this browser never keeps. Default: none. */
  readonly refuses?: (name: string) => boolean;
}

interface KeptCookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly domain: string | null;
}

const maxRedirects = 20;

/**
 * A browser over web handlers, by host (`shop.kittens.example`, with port where there is one). Cookies: `Domain`,
 * `Max-Age=0` and the rules of the `__Host-` and `__Secure-` prefixes; no clock, and `Path` is taken to be `/`.
 */
export function createTestBrowser(
  handlers: Readonly<Record<string, WebHandler>>,
  options: TestBrowserOptions = {},
): TestBrowser {
  const cookies = new Map<string, KeptCookie>();

  function setCookie(url: string, line: string): void {
    const cookie = parseLine(line, new URL(url).hostname);
    if (cookie === null || options.refuses?.(cookie.name)) return;
    const identity = `${cookie.name}\n${cookie.domain ?? cookie.host}\n${cookie.domain === null}`;
    cookies.delete(identity);
    if (!/;\s*max-age=0\b/i.test(line)) cookies.set(identity, cookie);
  }

  function cookieHeader(url: string): string | undefined {
    const { hostname } = new URL(url);
    const fitting = [...cookies.values()].filter(({ host, domain }) =>
      domain === null ? host === hostname : isUnder(hostname, domain),
    );
    return fitting.map(({ name, value }) => `${name}=${value}`).join('; ') || undefined;
  }

  async function send(url: string, init: RequestInit = {}): Promise<Response> {
    const { host } = new URL(url);
    const handler = handlers[host];
    if (handler === undefined) throw new Error(`The test browser knows no host ${host}.`);
    const headers = new Headers(init.headers);
    const header = cookieHeader(url);
    if (!headers.has('host')) headers.set('host', host);
    if (!headers.has('accept')) headers.set('accept', 'text/html');
    if (!headers.has('cookie') && header !== undefined) headers.set('cookie', header);
    const response = await handler(new Request(url, { ...init, headers }));
    for (const line of response.headers.getSetCookie()) setCookie(url, line);
    return response;
  }

  async function visit(url: string, init?: RequestInit): Promise<Visit> {
    const urls = [url];
    const responses = [await send(url, init)];
    for (;;) {
      const response = responses.at(-1) as Response;
      const text = await response.clone().text();
      const next = leadsTo(response, text);
      if (next === null) return { response, text, urls, responses };
      if (urls.length > maxRedirects) throw new Error(`Too many redirects: ${urls.join(' -> ')}`);
      urls.push(new URL(next, urls.at(-1)).href);
      responses.push(await send(urls.at(-1) as string, { headers: init?.headers ?? {} }));
    }
  }

  return {
    send,
    visit,
    cookieHeader,
    setCookie,
    dropCookies(isDropped) {
      for (const [identity, { name }] of cookies) if (isDropped(name)) cookies.delete(identity);
    },
    copy() {
      const other = createTestBrowser(handlers, options);
      for (const { name, value, host, domain } of cookies.values()) {
        const attributes = domain === null ? '' : `; Domain=${domain}`;
        other.setCookie(`https://${host}/`, `${name}=${value}; Path=/; Secure${attributes}`);
      }
      return other;
    },
  };
}

/** Where an answer leads by itself: a redirect, or a page that goes on. */
function leadsTo(response: Response, text: string): string | null {
  if (response.status >= 300 && response.status <= 399) return response.headers.get('location');
  const [, refresh] = /<meta http-equiv="refresh" content="0;url=([^"]*)">/.exec(text) ?? [];
  return refresh?.replace(/&#(\d+);/g, (_whole, code) => String.fromCharCode(Number(code))) ?? null;
}

/** The cookie of a `Set-Cookie` line, or null where browsers would refuse it (RFC 6265bis, 5.7). */
function parseLine(line: string, host: string): KeptCookie | null {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const at = pair.indexOf('=');
  const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
  const find = (wanted: string): string | undefined =>
    attributes.find((part) => part.split('=')[0]?.toLowerCase() === wanted);
  const domain = find('domain')?.split('=')[1]?.toLowerCase() ?? null;
  const isSecure = find('secure') !== undefined;
  if (domain !== null && !isUnder(host, domain)) return null;
  if (/^__(host|secure)-/i.test(name) && !isSecure) return null;
  if (/^__host-/i.test(name) && (domain !== null || find('path') !== 'Path=/')) return null;
  return { name, value, host, domain };
}

function isUnder(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
