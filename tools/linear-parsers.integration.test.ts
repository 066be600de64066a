import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseSetCookie } from '../packages/exposure/src/cookie.ts';
import { decodeMessage } from '../packages/exposure/src/dns/message.ts';
import { normalizeName } from '../packages/exposure/src/dns/name.ts';
import { parseServerAddress } from '../packages/exposure/src/dns/server-address.ts';
import { readHarCookies } from '../packages/exposure/src/har.ts';
import { parseCsv } from '../packages/exposure/src/inputs/csv.ts';
import { readExport } from '../packages/exposure/src/inputs/export-records.ts';
import { parseHostList } from '../packages/exposure/src/inputs/host-list.ts';
import { parseJsonValues } from '../packages/exposure/src/inputs/json-shape.ts';
import { isYaml } from '../packages/exposure/src/inputs/yaml-documents.ts';
import { parseZoneFile } from '../packages/exposure/src/inputs/zone-file.ts';
import { readSessionId } from '../packages/express-session/src/read-session-id.ts';
import { parseEmail } from '../packages/server/src/accounts/email.ts';
import { networkOf } from '../packages/server/src/limits/client-network.ts';
import { deviceWords } from '../packages/server/src/sign-in/device-label.ts';
import { createAddressRanges } from '../packages/server/src/sign-out/address-ranges.ts';
import { readFields } from '../packages/session/src/adapters/form-fields.ts';
import { wantsJson } from '../packages/session/src/answers/refusal-page.ts';
import { verifyAppSignOut } from '../packages/session/src/app/login-host-call.ts';
import { parseAppKeys } from '../packages/session/src/app-key.ts';
import {
  createCookieReader,
  readCookiesUnder,
  readCookieValues,
} from '../packages/session/src/cookie/read.ts';
import { parseReturnPath } from '../packages/session/src/handshake/destination.ts';
import { isState, readState } from '../packages/session/src/handshake/flow.ts';
import { sourceOf } from '../packages/session/src/handshake/invitation.ts';
import { readInvitedPath } from '../packages/session/src/handshake/invitation-parameter.ts';
import { isNavigation } from '../packages/session/src/http/navigation.ts';
import { readForm } from '../packages/session/src/http/request-body.ts';
import { createTrustedProxies } from '../packages/session/src/http/trusted-proxies.ts';
import { realmKey } from '../packages/session/src/realm.ts';
import { redact } from '../packages/session/src/redact.ts';
import {
  createCsrfSecret,
  isCsrfTokenFor,
} from '../packages/session/src/request-guard/csrf-token.ts';
import { unseal } from '../packages/session/src/sealed-envelope.ts';
import { parseSessionId } from '../packages/session/src/session-id/session-id.ts';
import { decodeSession, decodeSignIn } from '../packages/session/src/store/record.ts';

/**
 * Nobody may make work that grows faster than what they send. Each parser of text from outside is given inputs of a size and of
 * four times that, and its work may grow fivefold: the least of many repetitions each, which what else the machine does
 * does not make smaller. Work that grows with the square is sixteen times as much, and never passes.
 */
interface Parser {
  readonly parse: (text: string) => unknown;
  /** Beside what every parser is given. */
  readonly inputs?: Readonly<Record<string, (size: number) => string>>;
}

const repeat =
  (part: string, before = '', after = '') =>
  (size: number): string =>
    `${before}${part.repeat(Math.ceil(size / part.length))}${after}`;

/** What patterns and loops trip over. */
const common: Readonly<Record<string, (size: number) => string>> = {
  letters: repeat('a'),
  blanks: repeat(' ', 'a', 'b'),
  separators: repeat(';,&= "'),
  'line ends': repeat('\n', 'a', 'b'),
  backslashes: repeat('\\'),
  dots: repeat('a.'),
  slashes: repeat('/'),
  percents: repeat('%41'),
  brackets: repeat('[{('),
};

const connection = (name: string, value: string) => ({
  remoteAddress: '127.0.0.1',
  encrypted: false,
  header: (asked: string) => (asked === name ? value : undefined),
});
const forwarded = createTrustedProxies(['127.0.0.1'], 'forwarded');
const xForwarded = createTrustedProxies(['127.0.0.1'], 'x-forwarded');
const readId = createCookieReader('id');
const keys = [Buffer.alloc(32, 'k')];
const csrfSecret = createCsrfSecret(randomBytes);
const form = (text: string, type = 'application/x-www-form-urlencoded') =>
  new Request('https://a.example/', {
    method: 'POST',
    body: text,
    headers: { 'content-type': type },
  });
const boundary = 'multipart/form-data; boundary=b';
const part = '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n\r\n';

const cookies: Parser['inputs'] = {
  names: repeat('id='),
  pairs: repeat('id=x;'),
  'names without values': repeat('id;'),
  'blanks before a name': repeat(' ', 'a', 'id=x'),
  'blanks before each name': repeat('  id='),
};

const nobody = { keysOf: () => [], realm: realmKey('nobody') };

const parsers: Readonly<Record<string, Parser>> = {
  'a cookie': { parse: readId, inputs: cookies },
  'cookies of a name': { parse: (text) => readCookieValues(text, 'id'), inputs: cookies },
  'cookies under a prefix': { parse: (text) => readCookiesUnder(text, 'id', 64), inputs: cookies },
  'a cookie of express-session': {
    parse: (text) =>
      readSessionId({ headers: { cookie: text } } as never, 'id', ['secret of a test']),
    inputs: { ...cookies, signed: repeat('id=s%3Ax.y;') },
  },
  'a sealed cookie': { parse: (text) => unseal({ keys, purpose: 'binding' }, text) },
  'a session id': { parse: parseSessionId },
  Forwarded: {
    parse: (text) => forwarded.factsOf(connection('forwarded', text)),
    inputs: {
      'blanks in a value': repeat(' ', 'a=', '"x"y'),
      'quotation marks': repeat('"', 'for='),
      elements: repeat('for=127.0.0.1,'),
    },
  },
  'X-Forwarded-For': {
    parse: (text) => xForwarded.factsOf(connection('x-forwarded-for', text)),
    inputs: { addresses: repeat('127.0.0.1,') },
  },
  'a client address': { parse: networkOf, inputs: { colons: repeat(':'), zones: repeat('%') } },
  Accept: { parse: (text) => wantsJson(text), inputs: { types: repeat('application/json;q=0,') } },
  'headers of a navigation': {
    parse: (text) => isNavigation({ accept: text }),
    inputs: { types: repeat('text/html,') },
  },
  'User-Agent': { parse: deviceWords, inputs: { products: repeat('Mozilla/5.0 (X11; ') } },
  'a return path': {
    parse: (text) => parseReturnPath(text, 'https://a.example'),
    inputs: { steps: repeat('/..'), dots: repeat('/a/%2e.') },
  },
  'an invited path': {
    parse: (text) => readInvitedPath(text, 'https://a.example'),
    inputs: { parameters: repeat('a=b&', '/?'), invitations: repeat('_latchkey=x&', '/?') },
  },
  'an invitation': { parse: sourceOf },
  'a state': { parse: (text) => [isState(text), readState(text)] },
  'a CSRF token': {
    parse: (text) => isCsrfTokenFor(csrfSecret, text, { path: '/', method: 'POST' } as never),
  },
  'a call of an app': {
    parse: (text) => verifyAppSignOut({ body: text, signature: text }, nobody, 0),
  },
  'an app key': {
    parse: (text) => {
      try {
        return parseAppKeys(text, 'shop');
      } catch {
        return null;
      }
    },
    inputs: { keys: repeat('shop.x,') },
  },
  'a stored session': { parse: decodeSession, inputs: { version: repeat('1', '1.') } },
  'a stored sign-in': { parse: decodeSignIn, inputs: { version: repeat('1', '1.') } },
  'a form of csrf()': {
    parse: (text) => readFields(Buffer.from(text), 'application/x-www-form-urlencoded'),
    inputs: { fields: repeat('a&') },
  },
  'a multipart form of csrf()': {
    parse: (text) => readFields(Buffer.from(text), boundary),
    inputs: { parts: repeat(part), boundaries: repeat('--b') },
  },
  'a form of the login host or of a relying party': {
    parse: (text) => readForm(form(text), 32_768),
    inputs: { fields: repeat('a&') },
  },
  'an e-mail address': { parse: parseEmail, inputs: { labels: repeat('a.', 'a@') } },
  'an address range': {
    parse: (text) => {
      try {
        return createAddressRanges([text]);
      } catch {
        return null;
      }
    },
  },
  'a text to redact': { parse: (text) => redact(text), inputs: { urls: repeat('//a') } },
  'a Set-Cookie line': {
    parse: (text) => parseSetCookie(text),
    inputs: { attributes: repeat('; Path=/', 'a=b') },
  },
  'a HAR file': {
    parse: readHarCookies,
    inputs: { entries: (size) => `{"log":{"entries":[${repeat('{},')(size)}{}]}}` },
  },
  'a domain name': { parse: normalizeName },
  'the address of a server': { parse: parseServerAddress },
  'a zone file': {
    parse: (text) => parseZoneFile(text, { file: 'a.zone', zone: 'a.example' } as never),
    inputs: {
      records: repeat('www 60 IN A 192.0.2.1\n', '$ORIGIN a.example.\n'),
      parentheses: repeat('( ', 'a '),
      comments: repeat('cf_tags= ', 'www 60 IN A 192.0.2.1 ; '),
      strings: repeat('"a" ', 'a TXT '),
    },
  },
  'a list of hosts': {
    parse: (text) => parseHostList(text, 'a'),
    inputs: { hosts: repeat('a.b\n') },
  },
  'a CSV file': { parse: parseCsv, inputs: { rows: repeat('"a","b"\n'), quotes: repeat('"') } },
  'lines of JSON': { parse: parseJsonValues, inputs: { lines: repeat('{"a":1}\n') } },
  'a file that may be YAML': {
    parse: (text) => isYaml(text, 'a'),
    inputs: { notes: repeat('# a\n') },
  },
  'an export of records': {
    parse: (text) => {
      try {
        return readExport(text);
      } catch {
        return null;
      }
    },
  },
  'a DNS message': {
    parse: (text) => decodeMessage(Buffer.from(text, 'latin1')),
    inputs: {
      'compression pointers': (size) => {
        const count = Math.floor(size / 8);
        const head = Buffer.alloc(12);
        head.writeUInt16BE(0x8000, 2);
        head.writeUInt16BE(count, 4);
        // Questions whose names point to one another in a row.
        const rows = Array.from({ length: count }, (_, index) => {
          const row = Buffer.alloc(6);
          row.writeUInt16BE(0xc000 | Math.min(0x3fff, 12 + 6 * Math.max(0, index - 1)));
          return row;
        });
        return Buffer.concat([head, ...rows]).toString('latin1');
      },
    },
  },
};

const size = 2_000;
const repetitions = 6;
const rounds = 24;
/** Below it a clock says nothing. */
const leastMilliseconds = 0.25;

async function timeOf(parse: Parser['parse'], text: string, times: number): Promise<number> {
  const started = performance.now();
  for (let time = 0; time < times; time += 1) await parse(text);
  return performance.now() - started;
}

/** How often it must be done for a clock to see it. */
async function timesOf(parse: Parser['parse'], text: string): Promise<number> {
  let times = 1;
  while (times < 4096 && (await timeOf(parse, text, times)) < leastMilliseconds) times *= 2;
  return times;
}

/** By what factor the work grows, measured until it is fivefold at most, or for long enough. */
async function growthOf(parse: Parser['parse'], input: (size: number) => string): Promise<number> {
  const [small, large] = [input(size), input(4 * size)];
  const times = await timesOf(parse, small);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round += 1) {
    for (let time = 0; time < repetitions; time += 1) {
      least = Math.min(least, await timeOf(parse, small, times));
      most = Math.min(most, await timeOf(parse, large, times));
    }
    if (most <= 5 * least) break;
  }
  return most / least;
}

describe.each(Object.entries(parsers))('the work on %s', (_name, { parse, inputs = {} }) => {
  test.each(Object.entries({ ...common, ...inputs }))(
    'grows no faster than the input: %s',
    async (_input, make) => {
      expect(await growthOf(parse, make)).toBeLessThanOrEqual(5);
    },
    30_000,
  );
});
