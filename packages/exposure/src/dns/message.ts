import { ipv6OfOctets } from './address.ts';
import { labelOctets, labelText } from './name.ts';

/** Types that are read by name; any other is `TYPE` and its number (RFC 3597 s.5). */
const typeNames: ReadonlyMap<number, string> = new Map([
  [1, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [12, 'PTR'],
  [15, 'MX'],
  [16, 'TXT'],
  [28, 'AAAA'],
  [33, 'SRV'],
  [39, 'DNAME'],
  [41, 'OPT'],
  [64, 'SVCB'],
  [65, 'HTTPS'],
  [252, 'AXFR'],
  [257, 'CAA'],
]);
const typeNumbers: ReadonlyMap<string, number> = new Map(
  [...typeNames].map(([number, name]) => [name, number]),
);
const responseCodes: readonly string[] = [
  'noerror',
  'formerr',
  'servfail',
  'nxdomain',
  'notimp',
  'refused',
];
const headerBytes = 12;
const classInternet = 1;
/** Answers up to this size come by UDP (DNS flag day 2020); larger ones are truncated and come by TCP. */
const datagramBytes = 1232;

export type QueryType = 'A' | 'AAAA' | 'HTTPS' | 'CNAME' | 'NS' | 'SOA' | 'AXFR';

export interface WireQuery {
  readonly id: number;
  readonly name: string;
  readonly type: QueryType;
  /** With an OPT record (EDNS, RFC 6891). Some old servers refuse it. */
  readonly edns: boolean;
}

export interface WireRecord {
  readonly owner: string;
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  /** The target or address; of HTTPS and SVCB the target alone; of SOA its first name; of any other type the octets as RFC 3597 writes them. */
  readonly value: string;
}

export interface WireMessage {
  readonly id: number;
  readonly isReply: boolean;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionAvailable: boolean;
  /** `noerror`, `nxdomain`, `servfail`, `refused`, `formerr`, `notimp`, or `rcode` and its number. */
  readonly rcode: string;
  readonly question: { readonly name: string; readonly type: string } | null;
  readonly answers: readonly WireRecord[];
  readonly authorities: readonly WireRecord[];
}

/** A query with recursion desired (RFC 1035 s.4). The name is normalized and so has a wire form. */
export function encodeQuery(query: WireQuery): Buffer {
  const labels = labelOctets(query.name);
  const octets = labels.reduce((sum, label) => sum + label.length + 1, 1);
  const buffer = Buffer.alloc(headerBytes + octets + 4 + (query.edns ? 11 : 0));
  buffer.writeUInt16BE(query.id, 0);
  buffer.writeUInt16BE(query.type === 'AXFR' ? 0 : 0x0100, 2);
  buffer.writeUInt16BE(1, 4);
  let at = headerBytes;
  for (const label of labels) {
    buffer[at] = label.length;
    buffer.set(label, at + 1);
    at += label.length + 1;
  }
  buffer.writeUInt16BE(typeNumbers.get(query.type) ?? 1, at + 1);
  buffer.writeUInt16BE(classInternet, at + 3);
  if (query.edns) {
    buffer.writeUInt16BE(1, 10);
    buffer.writeUInt16BE(41, at + 6);
    buffer.writeUInt16BE(datagramBytes, at + 8);
  }
  return buffer;
}

/**
 * Reads a message without its additional records; null when it is malformed in any way. Names come out normalized, with
 * a dot inside a label escaped, so that a hostile answer cannot pose as a name with other labels. Never throws.
 */
export function decodeMessage(buffer: Buffer): WireMessage | null {
  if (buffer.length < headerBytes) return null;
  const flags = buffer.readUInt16BE(2);
  const cursor: Cursor = { buffer, at: headerBytes };
  const question = readQuestions(cursor, buffer.readUInt16BE(4));
  const answers = question === broken ? broken : readRecords(cursor, buffer.readUInt16BE(6));
  const authorities = answers === broken ? broken : readRecords(cursor, buffer.readUInt16BE(8));
  if (question === broken || answers === broken || authorities === broken) return null;
  const code = flags & 0x0f;
  return {
    id: buffer.readUInt16BE(0),
    isReply: (flags & 0x8000) !== 0,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    rcode: responseCodes[code] ?? `rcode${code}`,
    question,
    answers,
    authorities,
  };
}

const broken = Symbol('broken');
type Broken = typeof broken;

interface Cursor {
  readonly buffer: Buffer;
  at: number;
}

function readQuestions(cursor: Cursor, count: number): WireMessage['question'] | Broken {
  if (count === 0) return null;
  if (count > 1) return broken;
  const name = readName(cursor);
  if (name === null || cursor.at + 4 > cursor.buffer.length) return broken;
  const type = typeText(cursor.buffer.readUInt16BE(cursor.at));
  cursor.at += 4;
  return { name, type };
}

function readRecords(cursor: Cursor, count: number): readonly WireRecord[] | Broken {
  const records: WireRecord[] = [];
  for (let left = count; left > 0; left -= 1) {
    const record = readRecord(cursor);
    if (record === null) return broken;
    if (record.type !== 'OPT') records.push(record);
  }
  return records;
}

function readRecord(cursor: Cursor): WireRecord | null {
  const { buffer } = cursor;
  const owner = readName(cursor);
  if (owner === null || cursor.at + 10 > buffer.length) return null;
  const type = typeText(buffer.readUInt16BE(cursor.at));
  const ttl = buffer.readUInt32BE(cursor.at + 4);
  const length = buffer.readUInt16BE(cursor.at + 8);
  cursor.at += 10;
  const end = cursor.at + length;
  if (end > buffer.length) return null;
  const value = readValue(cursor, type, end);
  cursor.at = end;
  return value === null ? null : { owner, type, ttl, value };
}

/** What is between the cursor and `end`. */
function readValue(cursor: Cursor, type: string, end: number): string | null {
  const { buffer, at: start } = cursor;
  const length = end - start;
  switch (type) {
    case 'A':
      return length === 4 ? buffer.subarray(start, end).join('.') : null;
    case 'AAAA':
      return length === 16 ? ipv6OfOctets(buffer.subarray(start, end)) : null;
    case 'CNAME':
    case 'DNAME':
    case 'NS':
    case 'PTR': {
      const name = readName(cursor);
      return cursor.at === end ? name : null;
    }
    case 'HTTPS':
    case 'SVCB': {
      // Behind the priority; the parameters after it are not read (RFC 9460 s.2.2).
      cursor.at += 2;
      const name = length < 3 ? null : readName(cursor);
      return cursor.at <= end ? name : null;
    }
    case 'SOA':
      return readName(cursor);
    default:
      return `\\# ${length} ${buffer.toString('hex', start, end)}`;
  }
}

const plainLabel = /^[a-z0-9_*-]+$/;

/** The name at the cursor, which moves behind it. Pointers go strictly backwards (RFC 1035 s.4.1.4), so no loop. */
function readName(cursor: Cursor): string | null {
  const { buffer } = cursor;
  let at = cursor.at;
  let bound = at;
  let behind = -1;
  let octets = 0;
  let name = '';
  for (;;) {
    const length = buffer[at];
    if (length === undefined) return null;
    if (length === 0) break;
    if (length >= 0xc0) {
      const low = buffer[at + 1];
      if (low === undefined) return null;
      const target = ((length & 0x3f) << 8) | low;
      if (target >= bound) return null;
      if (behind === -1) behind = at + 2;
      at = target;
      bound = target;
      continue;
    }
    octets += length + 1;
    if (length > 63 || octets > 254 || at + 1 + length > buffer.length) return null;
    const plain = buffer.toString('latin1', at + 1, at + 1 + length).toLowerCase();
    const label = plainLabel.test(plain)
      ? plain
      : labelText(buffer.subarray(at + 1, at + 1 + length));
    name = name === '' ? label : `${name}.${label}`;
    at += length + 1;
  }
  cursor.at = behind === -1 ? at + 1 : behind;
  return name === '' ? '.' : name;
}

function typeText(number: number): string {
  return typeNames.get(number) ?? `TYPE${number}`;
}
