import { basename } from 'node:path';
import { parse } from 'tldts';
import { normalizeName } from '../dns/name.ts';

/** The name that relative names are completed with. */
export interface Origin {
  readonly name: string;
  /** Read from the name of the file: what the file itself says knows better. */
  readonly isGuessed: boolean;
}

/** Where a name stands: before an SOA, behind `$ORIGIN`, or before any other record. */
export type NameRole = 'soa' | 'origin' | 'owner';

/** What stands before and behind the zone in names of files. Top-level domains among them are kept where the rest is no name. */
const wordsBefore =
  /^(?:db|zone|named|pri|primary|master|sec|secondary|slave|bak|backup|fwd|forward)\./i;
const wordsBehind =
  /\.(?:zone|zonefile|db|txt|hosts|bind|dns|signed|raw|fwd|forward|external|internal|ext|int|public|private|inside|outside|master|slave|bak|backup|old|orig|new|save|tmp|conf|cfg|csv|jsonl?|ya?ml|\d+)$/i;
const copyMark = /(?:~| ?\(\d+\)| copy|[-_]\d{4}[-_\dtz]*)$/i;
const dateBefore = /^\d{4}-?\d\d-?\d\d[-_.]/;
/** Names that nobody registers (RFC 2606, RFC 6762, and what companies use inside). */
const privateTlds: ReadonlySet<string> = new Set(
  'test example invalid localhost local internal intern lan home corp private arpa'.split(' '),
);

/**
 * The zone that a file name states, as in `example.com.zone`, `db.example.com`, `example.com.zone.signed` or
 * `example.com (1).txt`; null where none.
 */
export function originOfFileName(file: string): string | null {
  let bare = basename(file).replace(dateBefore, '');
  for (let next = shorter(bare); next !== bare; next = shorter(bare)) bare = next;
  if (!/^[a-z0-9_-]+(?:\.[a-z0-9-]+)+$/i.test(bare)) return null;
  const result = normalizeName(withoutUnknownEnd(bare));
  return result.kind === 'name' ? result.name : null;
}

/** One word less at either end, as long as a name of two labels is left. */
function shorter(name: string): string {
  const trimmed = name.replace(/\.$/, '').replace(copyMark, '');
  const candidates = [trimmed.replace(wordsBehind, ''), trimmed.replace(wordsBefore, '')];
  const next = candidates.find((one) => one !== trimmed && one.includes('.'));
  if (next !== undefined) return next;
  // `kittens.zone` and `db.root` say nothing of a zone, `kittens.internal` may be one.
  return hasKnownEnd(trimmed) && !wordsBehind.test(trimmed) ? trimmed : withoutMarks(trimmed);
}

function withoutMarks(name: string): string {
  return privateTlds.has(lastLabel(name))
    ? name
    : name.replace(wordsBehind, '').replace(wordsBefore, '');
}

function hasKnownEnd(name: string): boolean {
  return privateTlds.has(lastLabel(name)) || parse(name).isIcann === true;
}

function lastLabel(name: string): string {
  return name.split('.').at(-1)?.toLowerCase() ?? '';
}

/** `example.com.backup-of-monday` without what is no top-level domain; a name of unknown ones alone is kept. */
function withoutUnknownEnd(name: string): string {
  const labels = name.split('.');
  for (let end = labels.length; end >= 2; end -= 1) {
    const shortened = labels.slice(0, end).join('.');
    if (hasKnownEnd(shortened)) return shortened;
  }
  return name;
}

/**
 * Whether a name without its final dot is meant as a whole. The name of the zone is the only owner that an SOA may have, so
 * below an origin that the file does not say, or below itself, it is written without its dot; `$ORIGIN` likewise. Below a
 * guessed origin a name that ends in it repeats it.
 */
export function isMeantWhole(text: string, role: NameRole, origin: Origin | null): boolean {
  const written = text.toLowerCase();
  if (!written.includes('.') || written.endsWith('.')) return false;
  if (origin === null) return role !== 'owner';
  const repeats = written === origin.name || written.endsWith(`.${origin.name}`);
  if (!origin.isGuessed) return role === 'soa' && repeats;
  return repeats || role === 'soa' || (role === 'origin' && origin.name.endsWith(`.${written}`));
}
