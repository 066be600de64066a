import { isAbsolute, normalizeName } from '../dns/name.ts';
import type { DnsRecord, InputError, InputProblem, InputRecords } from './dns-record.ts';
import { type Apex, settleZones, zonesOfNames } from './zone-file-apex.ts';
import { completeName, readData } from './zone-file-data.ts';
import { readEntryBody, ttlField } from './zone-file-entry.ts';
import { generateEntries } from './zone-file-generate.ts';
import { isMeantWhole, type NameRole, type Origin, originOfFileName } from './zone-file-origin.ts';
import { type Entry, scanZoneFile, type Word } from './zone-file-scanner.ts';

/** The text behind an `$INCLUDE`, or why there is none. `file` is the name that records and errors carry. */
export type IncludeResult =
  | { readonly kind: 'text'; readonly file: string; readonly text: string }
  | { readonly kind: 'problem'; readonly reason: InputProblem; readonly message: string };

export interface ZoneFileOptions {
  /** Name that records and errors carry. */
  readonly file: string;
  /**
   * The zone, for files that never say `$ORIGIN` because the server's configuration does. Default: the owner of the SOA
   * where that is written in full, else read from a file name such as `example.com.zone` or `db.example.com`.
   */
  readonly origin?: string;
  /** Opens the file of an `$INCLUDE`, named as the entry names it, seen from the file that holds it. Default: refused. */
  readonly include?: (path: string, fromFile: string) => IncludeResult;
}

const includeDepth = 16;
const includeLimit = 1_000;
const generatedLimit = 200_000;
/** Errors beyond these are counted, not kept: a file that is no zone file has one on each line. */
const errorLimit = 100;
const largestTtl = 2 ** 31 - 1;
/** What a comment of Cloudflare's says after `cf_tags=`. */
const cloudflareProxied = /(?:^|[\s,])cf-proxied:true\b/;

interface Place {
  readonly file: string;
  readonly line: number;
}

interface Reading {
  readonly records: DnsRecord[];
  readonly errors: InputError[];
  readonly apexes: Map<string, Apex>;
  readonly include: ZoneFileOptions['include'];
  /** Files that are open, outermost first. */
  readonly open: string[];
  /** What is being read: where its errors are. */
  place: Place;
  origin: Origin | null;
  owner: string | null;
  /** The owner as the entry writes it; null where it was left blank. */
  written: string | null;
  included: number;
  generated: number;
  untold: number;
}

/**
 * The records of a master file (RFC 1035 s.5, `$TTL` of RFC 2308 s.4, wildcards of RFC 4592, unknown types of RFC 3597)
 * with BIND's `$GENERATE` and Cloudflare's `cf_tags`. Never throws: what cannot be read is an error with its line, and the
 * rest is read all the same. Classes other than IN are left out. TTLs are checked and dropped. DNSSEC is not checked.
 */
export function parseZoneFile(text: string, options: ZoneFileOptions): InputRecords {
  const reading: Reading = {
    records: [],
    errors: [],
    apexes: new Map(),
    include: options.include,
    open: [],
    place: { file: options.file, line: 0 },
    origin: null,
    owner: null,
    written: null,
    included: 0,
    generated: 0,
    untold: 0,
  };
  startOrigin(reading, options);
  readText(reading, text, options.file);
  if (reading.untold > 0) {
    const message = `${reading.untold} more errors are not listed.`;
    reading.errors.push({ file: options.file, line: 0, reason: 'bad-syntax', message });
  }
  return inputsOf(reading);
}

function startOrigin(reading: Reading, { file, origin }: ZoneFileOptions): void {
  const guess = originOfFileName(file);
  if (guess !== null) reading.origin = { name: guess, isGuessed: true };
  if (origin === undefined) return;
  const named = normalizeName(origin);
  if (named.kind === 'name') reading.origin = { name: named.name, isGuessed: false };
  else fail(reading, 'bad-name', `The origin is no name: ${named.why}.`);
}

/** A file with errors has lost records: what it does not have may exist. */
function inputsOf({ records, errors, apexes }: Reading): InputRecords {
  if (apexes.size === 0) return { records, names: [], zones: zonesOfNames(records), errors };
  const settled = settleZones(records, [...apexes.values()], errors.length === 0);
  return { ...settled, names: [], errors: [...errors, ...settled.errors] };
}

function readText(reading: Reading, text: string, file: string): void {
  reading.open.push(file);
  const entries = scanZoneFile(text, ({ line, reason, message }) => {
    reading.place = { file, line };
    fail(reading, reason, message);
  });
  for (const entry of entries) readEntry(reading, entry, file);
  reading.open.pop();
}

function readEntry(reading: Reading, entry: Entry, file: string): void {
  reading.place = { file, line: entry.line };
  const [first, ...rest] = entry.words;
  if (first === undefined) return;
  if (entry.ownerless) {
    reading.written = null;
    readRecord(reading, entry.words, entry.comment);
    return;
  }
  if (first.text.startsWith('$') && !first.quoted) {
    readDirective(reading, first.text.toUpperCase(), rest);
    return;
  }
  if (readOwner(reading, first, isSoa(rest) ? 'soa' : 'owner'))
    readRecord(reading, rest, entry.comment);
}

/** Before the type stand a TTL and a class at most. */
function isSoa(rest: readonly Word[]): boolean {
  return rest.slice(0, 3).some((word) => /^(?:soa|type6)$/i.test(word.text));
}

/** Makes a word the owner of this entry and those after it. */
function readOwner(reading: Reading, word: Word, role: NameRole): boolean {
  const owner = nameIn(reading, word.text, role);
  // An entry without an owner after a bad one must not fall to the owner before.
  reading.owner = owner;
  reading.written = word.text;
  return owner !== null;
}

function nameIn(reading: Reading, text: string, role: NameRole): string | null {
  const { origin } = reading;
  const isWhole = isMeantWhole(text, role, origin);
  if (origin === null && !isWhole && !isAbsolute(text)) {
    fail(
      reading,
      'bad-name',
      'A relative name, and neither $ORIGIN nor the name of the file says below which zone.',
    );
    return null;
  }
  const result = isWhole ? normalizeName(text) : completeName(text, origin?.name ?? '.');
  if (result.kind === 'name') return result.name;
  fail(reading, 'bad-name', `The entry's owner or origin is no name: ${result.why}.`);
  return null;
}

function readDirective(reading: Reading, directive: string, words: readonly Word[]): void {
  const [first] = words;
  if (first === undefined) {
    fail(reading, 'bad-directive', `${directive.slice(0, 20)} says nothing.`);
    return;
  }
  if (directive === '$ORIGIN') {
    readOrigin(reading, first.text);
  } else if (directive === '$TTL') {
    checkTtl(reading, first.text);
  } else if (directive === '$INCLUDE') {
    readInclude(reading, words);
  } else if (directive === '$GENERATE') {
    readGenerate(reading, words);
  } else {
    fail(reading, 'unknown-directive', 'The directive is none that this reader knows.');
  }
}

function readOrigin(reading: Reading, text: string): void {
  const before = reading.origin;
  const name = nameIn(reading, text, 'origin');
  if (name === null) return;
  // BIND would double it: whatever follows would be names that nobody has.
  if (before?.isGuessed === false && name.endsWith(`.${before.name}.${before.name}`)) {
    fail(reading, 'bad-directive', `$ORIGIN ${text} is ${name}: its final dot is missing.`);
  }
  reading.origin = { name, isGuessed: false };
}

function readGenerate(reading: Reading, words: readonly Word[]): void {
  const entries = generateEntries(words);
  if (entries === null) {
    fail(reading, 'bad-directive', '$GENERATE with a range or form that is not read.');
    return;
  }
  reading.generated += entries.length;
  if (reading.generated > generatedLimit) {
    const message = `$GENERATE makes more than ${generatedLimit} records.`;
    fail(reading, 'too-many-records', message);
    return;
  }
  for (const [owner, ...rest] of entries) {
    if (owner !== undefined && readOwner(reading, owner, 'owner')) readRecord(reading, rest, '');
  }
}

function readInclude(reading: Reading, words: readonly Word[]): void {
  const [path, origin] = words;
  if (path === undefined || reading.include === undefined) {
    fail(reading, 'include-refused', 'This input may not include files.');
    return;
  }
  reading.included += 1;
  if (reading.open.length >= includeDepth || reading.included > includeLimit) {
    const message = `$INCLUDE goes deeper than ${includeDepth} or wider than ${includeLimit} files.`;
    fail(reading, 'too-many-includes', message);
    return;
  }
  const result = reading.include(path.text, reading.place.file);
  if (result.kind === 'problem') {
    fail(reading, result.reason, result.message);
    return;
  }
  if (reading.open.includes(result.file)) {
    fail(reading, 'include-cycle', '$INCLUDE names a file that is being read.');
    return;
  }
  // Origin and owner are the including file's own again afterwards (RFC 1035 s.5.1).
  const { origin: outer, owner } = reading;
  if (origin !== undefined) readOrigin(reading, origin.text);
  readText(reading, result.text, result.file);
  reading.origin = outer;
  reading.owner = owner;
}

function readRecord(reading: Reading, words: readonly Word[], comment: string): void {
  const { owner } = reading;
  if (owner === null) {
    fail(reading, 'no-owner', 'The entry has no owner and none stands before it.');
    return;
  }
  const body = readEntryBody(words, reading.written === null);
  if (body.kind === 'problem') {
    fail(reading, body.reason, body.message);
    return;
  }
  for (const ttl of body.ttls) checkTtl(reading, ttl);
  if (body.isInternet) addRecord(reading, body, comment);
}

function addRecord(
  reading: Reading,
  { type, data: words }: { readonly type: string; readonly data: readonly Word[] },
  comment: string,
): void {
  const owner = reading.owner ?? '.';
  const data = readData(type, words, reading.origin?.name ?? '.');
  if (data.kind === 'problem') {
    fail(reading, data.reason, data.message);
    return;
  }
  if (type === 'SOA') addApex(reading, owner);
  const proxied = comment !== '' && cloudflareProxied.test(tagsIn(comment));
  // Providers show neither a proxied CNAME nor one at the apex to those who ask: both are aliases.
  const isAlias = type === 'CNAME' && (proxied || reading.apexes.has(owner));
  const { value } = data;
  const source = reading.place;
  reading.records.push({ owner, type: isAlias ? 'ALIAS' : type, value, proxied, source });
}

/** The zone of an SOA is the origin where no `$ORIGIN` said one, as the server's configuration would have it. */
function addApex(reading: Reading, name: string): void {
  const { origin, written } = reading;
  const isFromFileName = origin?.isGuessed === true && written === '@';
  const via = isFromFileName ? 'file-name' : 'soa';
  if (!reading.apexes.has(name)) reading.apexes.set(name, { name, written, via, ...reading.place });
  if (origin?.isGuessed !== false) reading.origin = { name, isGuessed: false };
}

function checkTtl(reading: Reading, text: string): void {
  const isNumber = ttlField.test(text);
  if (!isNumber || (/^\d+$/.test(text) && Number(text) > largestTtl)) {
    fail(reading, 'bad-ttl', `A TTL is a whole number of seconds up to ${largestTtl}.`);
  }
}

function fail(reading: Reading, reason: InputProblem, message: string): void {
  if (reading.errors.length < errorLimit)
    reading.errors.push({ ...reading.place, reason, message });
  else reading.untold += 1;
}

/** Apart from the test of it: one pattern for both would try every beginning with every end. */
function tagsIn(comment: string): string {
  const begin = /\bcf_tags=/.exec(comment);
  return begin === null ? '' : comment.slice(begin.index + begin[0].length);
}
