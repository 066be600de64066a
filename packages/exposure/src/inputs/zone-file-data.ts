import { ipv6OfOctets, readIpv4, readIpv6 } from '../dns/address.ts';
import { isAbsolute, type NameResult, nameOfLabels, normalizeName } from '../dns/name.ts';
import type { InputProblem } from './dns-record.ts';
import type { Word } from './zone-file-scanner.ts';

export type DataResult =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'problem'; readonly reason: InputProblem; readonly message: string };

/** Types whose data is one name. ALIAS and ANAME: aliases that some servers resolve themselves. */
const TARGET_TYPES: ReadonlySet<string> = new Set([
  'CNAME',
  'DNAME',
  'NS',
  'PTR',
  'ALIAS',
  'ANAME',
]);

/** Numbers of the types that the survey reads, for `TYPE5` in place of `CNAME` (RFC 3597 s.5). */
const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ['TYPE1', 'A'],
  ['TYPE2', 'NS'],
  ['TYPE5', 'CNAME'],
  ['TYPE6', 'SOA'],
  ['TYPE12', 'PTR'],
  ['TYPE15', 'MX'],
  ['TYPE16', 'TXT'],
  ['TYPE28', 'AAAA'],
  ['TYPE33', 'SRV'],
  ['TYPE39', 'DNAME'],
]);

/** The one name of a type: upper case, numbers of known types by name. ANAME counts as ALIAS. */
export function typeName(text: string): string {
  const upper = text.toUpperCase();
  if (upper === 'ANAME') return 'ALIAS';
  return TYPE_NAMES.get(upper) ?? upper;
}

/** A name as an entry writes it: `@` is the origin, a name without a final dot lies below it. */
export function completeName(text: string, origin: string): NameResult {
  if (text === '@') return { kind: 'name', name: origin };
  if (isAbsolute(text)) return normalizeName(text);
  return normalizeName(origin === '.' ? text : `${text}.${origin}`);
}

/** The data of a record: checked for types that the survey reads, as written for all others. */
export function readData(type: string, words: readonly Word[], origin: string): DataResult {
  const [first, ...rest] = words;
  if (first === undefined) return problem('bad-data', `${type} without data.`);
  if (first.text === '\\#' && !first.quoted) return readGeneric(type, rest);
  if (type === 'A') return readAddress(type, first, rest, readIpv4);
  if (type === 'AAAA') return readAddress(type, first, rest, readIpv6);
  if (TARGET_TYPES.has(type)) {
    if (rest.length > 0) return problem('bad-data', `${type} with more than one name.`);
    return ofName(type, completeName(first.text, origin));
  }
  return { kind: 'value', value: words.map((word) => word.text).join(' ') };
}

function readAddress(
  type: string,
  first: Word,
  rest: readonly Word[],
  read: (text: string) => string | null,
): DataResult {
  const value = rest.length === 0 ? read(first.text) : null;
  if (value === null) return problem('bad-address', `The data of ${type} is no such address.`);
  return { kind: 'value', value };
}

/** Data as hexadecimal octets: `\# length octets` (RFC 3597 s.5). */
function readGeneric(type: string, words: readonly Word[]): DataResult {
  const [length, ...parts] = words.map((word) => word.text);
  const hex = parts.join('');
  if (!/^(?:[\da-f]{2})*$/i.test(hex) || hex.length / 2 !== Number(length)) {
    return problem('bad-data', `The \\# data of ${type} is not of the length that it states.`);
  }
  const octets = Buffer.from(hex, 'hex');
  if (type === 'A') {
    return ofAddress(type, octets.length === 4 ? octets.join('.') : null);
  }
  if (type === 'AAAA') {
    return ofAddress(type, octets.length === 16 ? ipv6OfOctets(octets) : null);
  }
  if (TARGET_TYPES.has(type)) return ofName(type, nameOfOctets(octets));
  return { kind: 'value', value: `\\# ${length} ${hex}` };
}

/** A name as uncompressed octets. */
function nameOfOctets(octets: Buffer): NameResult {
  const labels: Buffer[] = [];
  let at = 0;
  for (let length = octets[at]; length !== undefined && length > 0; length = octets[at]) {
    if (at + 1 + length > octets.length) return { kind: 'invalid', why: 'empty-label' };
    labels.push(octets.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  const ends = at === octets.length - 1;
  return ends ? nameOfLabels(labels) : { kind: 'invalid', why: 'empty-label' };
}

function ofAddress(type: string, value: string | null): DataResult {
  return value === null
    ? problem('bad-address', `The data of ${type} is no such address.`)
    : { kind: 'value', value };
}

function ofName(type: string, result: NameResult): DataResult {
  return result.kind === 'name'
    ? { kind: 'value', value: result.name }
    : problem('bad-name', `The target of ${type} is no name: ${result.why}.`);
}

function problem(reason: InputProblem, message: string): DataResult {
  return { kind: 'problem', reason, message };
}
