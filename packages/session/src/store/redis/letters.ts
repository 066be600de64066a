/*
 * Words as bits: a letter that names and addresses often have takes four or five, a rare one up to twelve (a prefix code
 * after Huffman, 1952, for the frequencies of letters in Latin names, addresses and descriptions of browsers). What other
 * scripts write is longer this way than as it is: whoever writes compares.
 */
import { type BitCursor, type BitWriter, putBits, takeBits } from './bits.ts';
import { lengthen, shorten } from './short-words.ts';

// Characters for private use; those in a text are written as others are that have no code.
const wordEnd = '\ue000';
const markedEnd = '\ue001';
const capital = '\ue002';
const other = '\ue003';
const marks: ReadonlySet<string> = new Set([wordEnd, markedEnd, capital, other]);

/**
 * How many bits, and what takes so many; control characters stand for words (short-words.ts). What was written once is never
 * moved. The last code, all ones, is longer than what fills a character up, which so is never taken for a letter.
 */
const lengths: readonly (readonly [size: number, symbols: string])[] = [
  [4, `aeinr${wordEnd}`],
  [5, `osltmhdc${capital}`],
  [6, 'ukgbyp .\u0007\u000d'],
  [7, 'vjwf@-1\u0009\u0011\u0012\u0014\u0018'],
  [8, 'zx_023456789\u0008\u000a\u000f\u0015\u0016\u0017\u0019'],
  [9, `\u0006\u0010\u0013\u001a${other}${markedEnd}`],
  [10, "q\u000c\u000e'"],
  [11, '\u000b+/,'],
  [12, '\u0001\u0002\u0003\u0004\u0005\u001f()'],
];

interface Code {
  readonly value: number;
  readonly size: number;
}

const codes: ReadonlyMap<string, Code> = assignCodes();

/** Codes of one length follow each other, and longer ones follow those. */
function assignCodes(): Map<string, Code> {
  const assigned = new Map<string, Code>();
  let next = 0;
  let before = 0;
  for (const [size, symbols] of lengths) {
    next <<= size - before;
    before = size;
    for (const symbol of symbols) {
      assigned.set(symbol, { value: next, size });
      next += 1;
    }
  }
  return assigned;
}

/** A node is a pair of places: what follows a zero and a one. What is negative is a symbol. */
const { tree, symbols } = growTree();

function growTree(): { tree: Int16Array; symbols: readonly string[] } {
  const places = new Int16Array(2 * codes.size);
  const found: string[] = [];
  let grown = 2;
  for (const [symbol, { value, size }] of codes) {
    let node = 0;
    for (let bit = size - 1; bit > 0; bit -= 1) {
      const place = node + ((value >> bit) & 1);
      if (places[place] === 0) {
        places[place] = grown;
        grown += 2;
      }
      node = places[place] ?? 0;
    }
    found.push(symbol);
    places[node + (value & 1)] = -found.length;
  }
  return { tree: places, symbols: found };
}

/** A word and its end, which may be marked. */
export function putLetters(writer: BitWriter, word: string, isMarked: boolean): void {
  const text = shorten(word);
  for (let at = 0; at < text.length; at += 1) putLetter(writer, text.charAt(at));
  putSymbol(writer, isMarked ? markedEnd : wordEnd);
}

function putLetter(writer: BitWriter, letter: string): void {
  const isCapital = letter >= 'A' && letter <= 'Z';
  const symbol = isCapital ? letter.toLowerCase() : letter;
  if (marks.has(symbol) || !codes.has(symbol)) {
    putSymbol(writer, other);
    putBits(writer, letter.charCodeAt(0), 16);
    return;
  }
  if (isCapital) putSymbol(writer, capital);
  putSymbol(writer, symbol);
}

function putSymbol(writer: BitWriter, symbol: string): void {
  const code = codes.get(symbol);
  if (code !== undefined) putBits(writer, code.value, code.size);
}

/** The next word, and whether its end is marked. */
export function takeLetters(bits: BitCursor): readonly [word: string, isMarked: boolean] {
  let text = '';
  let isCapital = false;
  while (!bits.cursor.isBroken) {
    const symbol = takeSymbol(bits);
    if (symbol === wordEnd || symbol === markedEnd) return [lengthen(text), symbol === markedEnd];
    if (symbol === other) text += String.fromCharCode(takeBits(bits, 16));
    else if (symbol !== capital) text += isCapital ? symbol.toUpperCase() : symbol;
    isCapital = symbol === capital;
  }
  return ['', false];
}

function takeSymbol(bits: BitCursor): string {
  const { cursor } = bits;
  const { text } = cursor;
  let { at } = cursor;
  let { used } = bits;
  let code = text.charCodeAt(at);
  let node = 0;
  do {
    // Also where there is no code.
    if (!(code < 128)) {
      cursor.isBroken = true;
      return wordEnd;
    }
    node = tree[node + ((code >> (6 - used)) & 1)] ?? -1;
    used += 1;
    if (used === 7) {
      used = 0;
      at += 1;
      code = text.charCodeAt(at);
    }
  } while (node > 0);
  cursor.at = at;
  bits.used = used;
  return symbols[-node - 1] ?? wordEnd;
}
