import { isAbsolute, normalizeName } from '../dns/name.ts';
import type { DnsRecord, InputError, InputProblem, InputRecords, KnownZone } from './dns-record.ts';
import { completeName, readData, typeName } from './zone-file-data.ts';
import { generateEntries } from './zone-file-generate.ts';
import { originOfFileName } from './zone-file-origin.ts';
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

const INCLUDE_DEPTH = 16;
const INCLUDE_LIMIT = 1_000;
const GENERATED_LIMIT = 200_000;
/** Errors beyond these are counted, not kept: a file that is no zone file has one on each line. */
const ERROR_LIMIT = 100;
const TTL = /^\d+$|^(?:\d+[smhdw])+$/i;
const CLASS = /^(?:in|ch|hs|cs|class\d{1,5})$/i;
const TYPE = /^[a-z][a-z0-9-]{0,30}$/i;
const TTL_MAX = 2 ** 31 - 1;
const CLOUDFLARE_PROXIED = /\bcf_tags=(?:.*[\s,])?cf-proxied:true\b/;

interface Place {
  readonly file: string;
  readonly line: number;
}

interface Reading {
  readonly records: DnsRecord[];
  readonly errors: InputError[];
  readonly apexes: Set<string>;
  readonly include: ZoneFileOptions['include'];
  /** Files that are open, outermost first. */
  readonly open: string[];
  origin: string | null;
  /** The origin was read from the file's name: the SOA knows better. */
  isGuessed: boolean;
  firstOrigin: string | null;
  owner: string | null;
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
    apexes: new Set(),
    include: options.include,
    open: [],
    origin: null,
    isGuessed: false,
    firstOrigin: null,
    owner: null,
    included: 0,
    generated: 0,
    untold: 0,
  };
  const named = options.origin === undefined ? null : normalizeName(options.origin);
  if (named?.kind === 'invalid') {
    fail(
      reading,
      { file: options.file, line: 0 },
      'bad-name',
      `The origin is no name: ${named.why}.`,
    );
  }
  if (named?.kind === 'name') setOrigin(reading, named.name);
  else guessOrigin(reading, options.file);
  readText(reading, text, options.file);
  if (reading.untold > 0) {
    const message = `${reading.untold} more errors are not listed.`;
    reading.errors.push({ file: options.file, line: 0, reason: 'bad-syntax', message });
  }
  return { records: reading.records, names: [], zones: zonesOf(reading), errors: reading.errors };
}

function guessOrigin(reading: Reading, file: string): void {
  setOrigin(reading, originOfFileName(file));
  reading.isGuessed = true;
}

function zonesOf(reading: Reading): readonly KnownZone[] {
  // A file with errors has lost records: what it does not have may exist.
  const complete = reading.errors.length === 0;
  if (reading.apexes.size > 0) return [...reading.apexes].map((apex) => ({ apex, complete }));
  if (reading.firstOrigin === null || reading.records.length === 0) return [];
  return [{ apex: reading.firstOrigin, complete: false }];
}

function readText(reading: Reading, text: string, file: string): void {
  reading.open.push(file);
  const entries = scanZoneFile(text, ({ line, reason, message }) => {
    fail(reading, { file, line }, reason, message);
  });
  for (const entry of entries) readEntry(reading, entry, file);
  reading.open.pop();
}

function readEntry(reading: Reading, entry: Entry, file: string): void {
  const place = { file, line: entry.line };
  const [first, ...rest] = entry.words;
  if (first === undefined) return;
  if (entry.ownerless) {
    readRecord(reading, entry.words, entry.comment, place);
    return;
  }
  if (first.text.startsWith('$') && !first.quoted) {
    readDirective(reading, first.text.toUpperCase(), rest, place);
    return;
  }
  if (readOwner(reading, first, place)) readRecord(reading, rest, entry.comment, place);
}

/** Makes a word the owner of this entry and those after it. */
function readOwner(reading: Reading, word: Word, place: Place): boolean {
  const owner = nameIn(reading, word.text, place);
  // An entry without an owner after a bad one must not fall to the owner before.
  reading.owner = owner;
  return owner !== null;
}

function nameIn(reading: Reading, text: string, place: Place): string | null {
  if (reading.origin === null && !isAbsolute(text)) {
    fail(reading, place, 'bad-name', 'A relative name, and no $ORIGIN says below which zone.');
    return null;
  }
  const result = completeName(text, reading.origin ?? '.');
  if (result.kind === 'name') return result.name;
  fail(reading, place, 'bad-name', `The entry's owner or origin is no name: ${result.why}.`);
  return null;
}

function readDirective(
  reading: Reading,
  directive: string,
  words: readonly Word[],
  place: Place,
): void {
  const [first] = words;
  if (first === undefined) {
    fail(reading, place, 'bad-directive', `${directive.slice(0, 20)} says nothing.`);
    return;
  }
  if (directive === '$ORIGIN') {
    const origin = nameIn(reading, first.text, place);
    if (origin !== null) setOrigin(reading, origin);
  } else if (directive === '$TTL') {
    checkTtl(reading, first.text, place);
  } else if (directive === '$INCLUDE') {
    readInclude(reading, words, place);
  } else if (directive === '$GENERATE') {
    readGenerate(reading, words, place);
  } else {
    fail(reading, place, 'unknown-directive', 'The directive is none that this reader knows.');
  }
}

function readGenerate(reading: Reading, words: readonly Word[], place: Place): void {
  const entries = generateEntries(words);
  if (entries === null) {
    fail(reading, place, 'bad-directive', '$GENERATE with a range or form that is not read.');
    return;
  }
  reading.generated += entries.length;
  if (reading.generated > GENERATED_LIMIT) {
    const message = `$GENERATE makes more than ${GENERATED_LIMIT} records.`;
    fail(reading, place, 'too-many-records', message);
    return;
  }
  for (const [owner, ...rest] of entries) {
    if (owner !== undefined && readOwner(reading, owner, place))
      readRecord(reading, rest, '', place);
  }
}

function readInclude(reading: Reading, words: readonly Word[], place: Place): void {
  const [path, origin] = words;
  if (path === undefined || reading.include === undefined) {
    fail(reading, place, 'include-refused', 'This input may not include files.');
    return;
  }
  reading.included += 1;
  if (reading.open.length >= INCLUDE_DEPTH || reading.included > INCLUDE_LIMIT) {
    const message = `$INCLUDE goes deeper than ${INCLUDE_DEPTH} or wider than ${INCLUDE_LIMIT} files.`;
    fail(reading, place, 'too-many-includes', message);
    return;
  }
  const result = reading.include(path.text, place.file);
  if (result.kind === 'problem') {
    fail(reading, place, result.reason, result.message);
    return;
  }
  if (reading.open.includes(result.file)) {
    fail(reading, place, 'include-cycle', '$INCLUDE names a file that is being read.');
    return;
  }
  // Origin and owner are the including file's own again afterwards (RFC 1035 s.5.1).
  const { origin: outer, owner } = reading;
  const inner = origin === undefined ? outer : nameIn(reading, origin.text, place);
  setOrigin(reading, inner);
  readText(reading, result.text, result.file);
  reading.origin = outer;
  reading.owner = owner;
}

function readRecord(reading: Reading, words: readonly Word[], comment: string, place: Place): void {
  const { owner } = reading;
  if (owner === null) {
    fail(reading, place, 'no-owner', 'The entry has no owner and none stands before it.');
    return;
  }
  let at = 0;
  let isInternet = true;
  // TTL and class stand before the type, in either order (RFC 1035 s.5.1).
  for (let word = words[at]; word !== undefined && at < 2; word = words[at]) {
    if (CLASS.test(word.text)) isInternet = /^(?:in|class0*1)$/i.test(word.text);
    else if (TTL.test(word.text)) checkTtl(reading, word.text, place);
    else break;
    at += 1;
  }
  const type = words[at];
  if (type === undefined || !TYPE.test(type.text) || type.quoted) {
    fail(reading, place, 'bad-syntax', 'The entry has no record type where one must stand.');
    return;
  }
  if (isInternet) addRecord(reading, typeName(type.text), words.slice(at + 1), comment, place);
}

function addRecord(
  reading: Reading,
  type: string,
  words: readonly Word[],
  comment: string,
  place: Place,
): void {
  const owner = reading.owner ?? '.';
  const data = readData(type, words, reading.origin ?? '.');
  if (data.kind === 'problem') {
    fail(reading, place, data.reason, data.message);
    return;
  }
  if (type === 'SOA') addApex(reading, owner);
  const proxied = comment !== '' && CLOUDFLARE_PROXIED.test(comment);
  // Providers show neither a proxied CNAME nor one at the apex to those who ask: both are aliases.
  const isAlias = type === 'CNAME' && (proxied || reading.apexes.has(owner));
  const source = { file: place.file, line: place.line };
  reading.records.push({
    owner,
    type: isAlias ? 'ALIAS' : type,
    value: data.value,
    proxied,
    source,
  });
}

function setOrigin(reading: Reading, origin: string | null): void {
  reading.origin = origin;
  reading.isGuessed = false;
  reading.firstOrigin ??= origin;
}

/** The zone of an SOA is the origin where no `$ORIGIN` said one, as the server's configuration would have it. */
function addApex(reading: Reading, owner: string): void {
  reading.apexes.add(owner);
  if (reading.isGuessed || reading.origin === null) setOrigin(reading, owner);
}

function checkTtl(reading: Reading, text: string, place: Place): void {
  const isNumber = TTL.test(text);
  if (!isNumber || (/^\d+$/.test(text) && Number(text) > TTL_MAX)) {
    fail(reading, place, 'bad-ttl', `A TTL is a whole number of seconds up to ${TTL_MAX}.`);
  }
}

function fail(reading: Reading, place: Place, reason: InputProblem, message: string): void {
  if (reading.errors.length < ERROR_LIMIT) reading.errors.push({ ...place, reason, message });
  else reading.untold += 1;
}
