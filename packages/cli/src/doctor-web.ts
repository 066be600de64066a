import { lookup as systemLookup } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Family } from '@latchkey/session';
import { badFinding, type Finding, proxyOf } from './doctor-finding.ts';

/** One request without redirects; `host` in the headers may be another than that of the URL. */
export type Web = (url: string, init: RequestInit) => Promise<Response>;

/** A family that is looked at from this machine. */
export interface Examination {
  readonly family: Family;
  readonly web: Web;
  /** Milliseconds since 1970, by this machine. */
  readonly now: () => number;
}

/** What came back, or the network's reason why nothing did. */
export type Answer =
  | { readonly kind: 'answered'; readonly response: Response; readonly text: string }
  | { readonly kind: 'silent'; readonly words: string };

const callMilliseconds = 5_000;
const maxBytes = 65_536;

/** Asks once. Never rejects. */
export async function ask(web: Web, url: string, init: RequestInit = {}): Promise<Answer> {
  try {
    const signal = AbortSignal.timeout(callMilliseconds);
    const response = await web(url, { redirect: 'manual', ...init, signal });
    return { kind: 'answered', response, text: await response.text() };
  } catch (error) {
    return { kind: 'silent', words: networkReason(error) };
  }
}

/** As browsers do it: names under `.localhost` are this machine, wherever Node would look for them. */
export const browserWeb: Web = (url, { method = 'GET', headers, signal }) =>
  new Promise((resolve, reject) => {
    const target = new URL(url);
    const request = target.protocol === 'https:' ? requestHttps : requestHttp;
    const call = request(target, {
      method,
      headers: Object.fromEntries(new Headers(headers)),
      agent: false,
      lookup: lookupAsBrowsers,
      ...(signal == null ? {} : { signal }),
    });
    call.on('error', reject);
    call.on('response', (incoming) => {
      toResponse(incoming).then(resolve, reject);
    });
    call.end();
  });

const lookupAsBrowsers: LookupFunction = (name, options, done) => {
  if (name !== 'localhost' && !name.endsWith('.localhost')) {
    systemLookup(name, options, done);
  } else if (options.all === true) {
    done(null, [{ address: '127.0.0.1', family: 4 }]);
  } else {
    done(null, '127.0.0.1', 4);
  }
};

async function toResponse(incoming: IncomingMessage): Promise<Response> {
  const headers = new Headers();
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index] ?? '', incoming.rawHeaders[index + 1] ?? '');
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    parts.push(part);
    size += part.length;
    if (size > maxBytes) break;
  }
  const status = incoming.statusCode ?? 0;
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  return new Response(hasBody ? Buffer.concat(parts) : null, { status, headers });
}

/** What is wrong with an answer whatever was asked: none, a changed `Host`, no store. Null where it may be good. */
export function generalFault(origin: string, answer: Answer, outage: string): Finding | null {
  if (answer.kind === 'silent') {
    const words = `no answer from here: ${answer.words}`;
    if (unknownAuthority.has(answer.words)) return authorityFault(origin, answer.words);
    return {
      about: origin,
      state: 'bad',
      words,
      change: `that it runs, and DNS and proxy of ${origin}`,
    };
  }
  const { status } = answer.response;
  if (status === 421) {
    const change = proxyOf(origin, 'hand Host on unchanged (nginx: proxy_set_header Host $host)');
    return badFinding(origin, { words: '421: the proxy does not hand on Host unchanged', change });
  }
  if (status === 503 && outage !== '') {
    return badFinding(origin, {
      words: `503: ${outage}`,
      change: 'store: what it names must answer',
    });
  }
  // 503 without an outage to name is looked at by who asked.
  if (status === 502 || status === 504) {
    return badFinding(origin, {
      words: `${status}: the proxy answers, and what stands behind it does not`,
      change: proxyOf(origin, 'the address that it leads to, and that the process there runs'),
    });
  }
  if (status >= 500 && status !== 503) {
    const change = `what answers at ${origin}: its log says why`;
    return badFinding(origin, { words: `${status}: it fails`, change });
  }
  return null;
}

/** Reasons of OpenSSL for a certificate whose authority Node does not have, as with a private one. */
const unknownAuthority: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_UNTRUSTED',
]);

function authorityFault(origin: string, code: string): Finding {
  return badFinding(origin, {
    words: `its certificate is of an authority that Node does not know here (${code})`,
    change:
      'NODE_EXTRA_CA_CERTS=/path/to/authority.pem in the environment of this command, of the login host and of every app, set before Node starts',
  });
}

/** Milliseconds by which clocks may differ. At five minutes an app's signed calls to the login host are refused. */
const clockTolerance = 60_000;

/** A machine whose clock is far off. `Date` has whole seconds, and may be the proxy's. */
export function clockFault(origin: string, answer: Answer, now: number): Finding | null {
  if (answer.kind === 'silent') return null;
  const date = Date.parse(answer.response.headers.get('date') ?? '');
  if (Number.isNaN(date) || Math.abs(date - now) <= clockTolerance) return null;
  const seconds = Math.round(Math.abs(date - now) / 1000);
  const words = `its clock is ${seconds} s ${date < now ? 'behind' : 'ahead of'} that of this machine`;
  return badFinding(origin, {
    words,
    change: `the clock of the machine of ${origin}, or of this one`,
  });
}

function networkReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && cause.name === 'TimeoutError') return 'time-out';
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string')
    return cause.code;
  return 'it failed';
}
