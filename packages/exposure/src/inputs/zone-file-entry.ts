import type { InputProblem } from './dns-record.ts';
import { isKnownType, typeName } from './record-types.ts';
import type { Word } from './zone-file-scanner.ts';

/** What an entry says behind its owner. */
export type EntryBody =
  | {
      readonly kind: 'record';
      /** As `typeName` gives it. */
      readonly type: string;
      readonly data: readonly Word[];
      /** Class IN, or none. */
      readonly isInternet: boolean;
      readonly ttls: readonly string[];
    }
  | { readonly kind: 'problem'; readonly reason: InputProblem; readonly message: string };

export const ttlField: RegExp = /^\d+$|^(?:\d+[smhdw])+$/i;
const classField = /^(?:in|ch|hs|cs|any|class\d{1,5})$/i;
const typeField = /^[a-z][a-z0-9-]{0,30}$/i;
/** Types whose data begins with the name of a type, or with any word at all. */
const wordedTypes: ReadonlySet<string> = new Set([
  'RRSIG',
  'SIG',
  'NSEC',
  'NXT',
  'TXT',
  'SPF',
  'CERT',
]);

/**
 * TTL and class in either order (RFC 1035 s.5.1), type, data. A type that does not exist is a problem: misspelt, it would
 * hide a record; in a line that begins with white space it is most likely the owner.
 */
export function readEntryBody(words: readonly Word[], ownerless: boolean): EntryBody {
  const { at, isInternet, ttls, isAws } = readClass(words);
  const word = words[at];
  if (word === undefined || word.quoted || !typeField.test(word.text)) {
    return problem('bad-syntax', 'The entry has no record type where one must stand.');
  }
  const type = typeName(word.text);
  const data = words.slice(at + 1);
  // An owner may be called as a type is: `  ns IN A 192.0.2.1`.
  const isMisread = ownerless && at === 0 && isRecord(data, wordedTypes.has(type));
  if (!isKnownType(type) || isMisread) {
    const why = ownerless
      ? ' The line begins with white space, so its owner is that of the entry before.'
      : '';
    return problem('unknown-type', `${word.text} is no type of DNS record.${why}`);
  }
  if (isAws) return aliasOfCli53(type, data, ttls);
  return { kind: 'record', type, data, isInternet, ttls };
}

interface ClassAndTtl {
  /** Where the type stands. */
  readonly at: number;
  readonly isInternet: boolean;
  readonly isAws: boolean;
  readonly ttls: readonly string[];
}

function readClass(words: readonly Word[]): ClassAndTtl {
  const ttls: string[] = [];
  let [at, isInternet, isAws] = [0, true, false];
  for (let word = words[at]; word !== undefined && at < 2; word = words[at]) {
    if (classField.test(word.text)) isInternet = /^(?:in|class0*1)$/i.test(word.text);
    else if (/^aws$/i.test(word.text) && /^alias$/i.test(words[at + 1]?.text ?? '')) isAws = true;
    else if (ttlField.test(word.text)) ttls.push(word.text);
    else break;
    at += 1;
  }
  return { at, isInternet, isAws, ttls };
}

/** cli53 writes Route 53's aliases as `AWS ALIAS A target zone-id evaluate-health`. */
function aliasOfCli53(type: string, data: readonly Word[], ttls: readonly string[]): EntryBody {
  const [aliased, target] = data;
  if (aliased === undefined || target === undefined) {
    return problem('bad-data', 'An alias of class AWS without type and target.');
  }
  const isBrowsers = ['A', 'AAAA', 'CNAME'].includes(typeName(aliased.text));
  return { kind: 'record', type, data: [target], isInternet: isBrowsers, ttls };
}

/** Whether the words could be a whole record without its owner. `strict`: only with a class. */
function isRecord(words: readonly Word[], strict: boolean): boolean {
  const [first] = words;
  if (first === undefined || first.quoted) return false;
  const { at } = readClass(words);
  const type = words[at];
  if (type === undefined || words.length < at + 2 || (strict && !hasClass(words, at))) return false;
  return !type.quoted && typeField.test(type.text) && isKnownType(typeName(type.text));
}

function hasClass(words: readonly Word[], at: number): boolean {
  return words.slice(0, at).some(({ text }) => classField.test(text));
}

function problem(reason: InputProblem, message: string): EntryBody {
  return { kind: 'problem', reason, message };
}
