import { ipv6OfOctets, readIpv4, readIpv6 } from '../dns/address.ts';
import { isAbsolute, type NameResult, nameOfLabels, normalizeName } from '../dns/name.ts';
import type { InputProblem } from './dns-record.ts';
import type { Word } from './zone-file-scanner.ts';

export type DataResult =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'problem'; readonly reason: InputProblem; readonly message: string };

/** Types whose data is one name. ALIAS: an alias that some servers resolve themselves. */
const targetTypes: ReadonlySet<string> = new Set(['CNAME', 'DNAME', 'NS', 'PTR', 'ALIAS']);
/** Types whose data is a priority, a name and parameters (RFC 9460 s.2.1). */
const serviceTypes: ReadonlySet<string> = new Set(['HTTPS', 'SVCB']);

/** A name as an entry writes it: `@` is the origin, a name without a final dot is below it. */
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
  if (type === 'A') return readAddress(type, words, readIpv4);
  if (type === 'AAAA') return readAddress(type, words, readIpv6);
  if (targetTypes.has(type)) {
    if (rest.length > 0) return problem('bad-data', `${type} with more than one name.`);
    return ofName(type, completeName(first.text, origin));
  }
  if (serviceTypes.has(type)) return readService(type, words, origin);
  return { kind: 'value', value: words.map((word) => word.text).join(' ') };
}

/** The target alone. The root stands for the owner, or for no service at all where the priority is 0. */
function readService(
  type: string,
  [priority, target]: readonly Word[],
  origin: string,
): DataResult {
  if (target === undefined || !/^\d{1,5}$/.test(priority?.text ?? '')) {
    return problem('bad-data', `${type} without priority and target.`);
  }
  return ofName(type, completeName(target.text, origin));
}

function readAddress(
  type: string,
  words: readonly Word[],
  read: (text: string) => string | null,
): DataResult {
  const [only] = words;
  const value = only !== undefined && words.length === 1 ? read(only.text) : null;
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
  if (targetTypes.has(type)) return ofName(type, nameOfOctets(octets));
  if (serviceTypes.has(type)) return ofName(type, serviceTarget(octets));
  return { kind: 'value', value: `\\# ${length} ${hex}` };
}

/** A name as uncompressed octets, and nothing behind it. */
function nameOfOctets(octets: Buffer): NameResult {
  const found = nameAt(octets, 0);
  return found.end === octets.length ? found.result : { kind: 'invalid', why: 'empty-label' };
}

/** The target of the octets of an HTTPS or SVCB record: behind the priority, before the parameters. */
export function serviceTarget(octets: Buffer): NameResult {
  return nameAt(octets, 2).result;
}

function nameAt(
  octets: Buffer,
  start: number,
): { readonly result: NameResult; readonly end: number } {
  const labels: Buffer[] = [];
  let at = start;
  for (let length = octets[at]; length !== undefined && length > 0; length = octets[at]) {
    labels.push(octets.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  const isCut = at >= octets.length;
  return {
    result: isCut ? { kind: 'invalid', why: 'empty-label' } : nameOfLabels(labels),
    end: at + 1,
  };
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
