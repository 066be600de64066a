import {
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  type ServerResponse,
  validateHeaderValue,
} from 'node:http';
import type { AnswerFields } from './cache-fields.ts';

/** Headers in each of the forms that `writeHead` takes: object, flat list, list of pairs (CVE-2025-7339). */
export type HeadHeaders = OutgoingHttpHeaders | readonly OutgoingHttpHeader[];

type Pair = readonly [string, OutgoingHttpHeader];

/** Whether it is a response of HTTP/2, which has no status message and warns whoever asks for one. */
export function isHttp2(response: ServerResponse): boolean {
  return 'stream' in response;
}

/**
 * Gives status and headers of a `writeHead` to the response, as Node would, and throws where Node would. Returns what is left
 * of the arguments. One difference: cookies of the arguments are added to those that were set before, not put in their
 * place.
 */
export function takeHead(response: ServerResponse, args: readonly unknown[]): readonly unknown[] {
  const [status, second, third] = args;
  const hasMessage = typeof second === 'string';
  checkStatus(response, status);
  if (hasMessage) validateHeaderValue('status message', second);
  setHeaders(response, (third ?? (hasMessage ? undefined : second)) as HeadHeaders | undefined, {
    addsCookies: true,
  });
  response.statusCode = status as number;
  return hasMessage ? [status, second] : [status];
}

/** HTTP/2 checks a status when it is set. */
function checkStatus(response: ServerResponse, status: unknown): void {
  const code = Math.trunc(Number(status));
  if (isHttp2(response) || (code >= 100 && code <= 999)) return;
  const error = new RangeError(`Invalid status code: ${String(status)}`);
  throw Object.assign(error, { code: 'ERR_HTTP_INVALID_STATUS_CODE' });
}

/** Sets the headers of a `writeHead`. A name of a list may come several times; those of before go. */
export function setHeaders(
  response: ServerResponse,
  headers: HeadHeaders | undefined | null,
  { addsCookies = false }: { readonly addsCookies?: boolean } = {},
): void {
  if (headers === undefined || headers === null) return;
  const isAdded = (name: string): boolean => addsCookies && name.toLowerCase() === 'set-cookie';
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers as OutgoingHttpHeaders)) {
      if (isAdded(name)) response.appendHeader(name, value as string);
      else if (name !== '') response.setHeader(name, value as OutgoingHttpHeader);
    }
    return;
  }
  const pairs = pairsOf(headers);
  for (const [name] of pairs) if (!isAdded(name)) response.removeHeader(name);
  for (const [name, value] of pairs) response.appendHeader(name, value as string);
}

function pairsOf(headers: readonly unknown[]): readonly Pair[] {
  if (Array.isArray(headers[0])) return headers as readonly Pair[];
  if (headers.length % 2 !== 0) throw new TypeError('headers array is malformed');
  const pairs: Pair[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    pairs.push([String(headers[index]), headers[index + 1] as OutgoingHttpHeader]);
  }
  return pairs;
}

/** Adds the lines whose cookie is not set: a listener of `on-headers` may have put cookies of its own in their place. */
export function addMissingCookies(outgoing: ServerResponse, lines: readonly string[]): void {
  const names = new Set([outgoing.getHeader('set-cookie') ?? []].flat().map(cookieNameOf));
  for (const line of lines) {
    if (!names.has(cookieNameOf(line))) outgoing.appendHeader('set-cookie', line);
  }
}

function cookieNameOf(line: string | number): string {
  return String(line).split('=', 1)[0] ?? '';
}

/** The header fields of a Node response. */
export function fieldsOf(response: ServerResponse): AnswerFields {
  return {
    keys: () => response.getHeaderNames(),
    get(name) {
      const value = response.getHeader(name);
      return value === undefined ? null : String(value);
    },
    set: (name, value) => void response.setHeader(name, value),
    delete: (name) => response.removeHeader(name),
  };
}

/** Fields that say something of this very answer: its body, where it leads, whom it lets in, how long it is good. */
const ofOneAnswer: ReadonlySet<string> = new Set([
  ...['accept-ranges', 'age', 'authentication-info', 'authorization', 'cache-control'],
  ...['clear-site-data', 'digest', 'edge-control', 'etag', 'expires', 'last-modified', 'link'],
  ...['location', 'pragma', 'refresh', 'repr-digest', 'retry-after', 'set-cookie'],
  ...['surrogate-control', 'trailer', 'transfer-encoding', 'www-authenticate'],
]);

/** Fields by which a proxy serves something else (a file, another address), or by which scripts of the page go elsewhere. */
const ofOneAnswerToo = /^(?:x-(?:accel|sendfile|lighttpd|reproxy|inertia|up|pjax)|hx|turbo)\b/;

/**
 * Whether a field holds for whatever is answered in the place of the app's own answer: the policies of helmet, CORS and their
 * like do, what describes the body does not.
 */
export function isForEveryAnswer(name: string): boolean {
  if (name.startsWith('content-')) return name.startsWith('content-security-policy');
  const isOfOne = ofOneAnswer.has(name) || ofOneAnswerToo.test(name);
  return !isOfOne && !name.endsWith('-cache-control');
}

/** What the app said of its body, its cookies, where to go: nothing of it holds for another answer. */
export function dropAnswer(outgoing: ServerResponse): void {
  if (outgoing.headersSent) return;
  outgoing.statusCode = 500;
  // Node puts in the phrase of the status when there is none. Koa sets one with each status: a 503 would say "OK".
  if (!isHttp2(outgoing)) outgoing.statusMessage = '';
  for (const name of outgoing.getHeaderNames()) {
    if (!isForEveryAnswer(name)) outgoing.removeHeader(name);
  }
}
