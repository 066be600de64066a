/**
 * What stands in many records, each as one control character: the place in the list is its code. What was written once is
 * never moved or taken away; the last code is not for a word.
 */
const words: readonly string[] = [
  ...['pwd', 'otp', 'mfa', 'hwk', 'swk', 'user'],
  ...['Chrome on ', 'Firefox on ', 'Safari on ', 'Edge on ', 'Opera on ', 'Samsung Internet on '],
  ...['Windows', 'ChromeOS', 'macOS', 'Linux', 'Android', 'iPhone', 'iPad'],
  ...['@gmail.com', '@outlook.com', '@icloud.com', '@hotmail.com', '.com', '.org', '.example'],
];
/** Says that what follows stands for itself: a control character, or `u` and four hex digits for half a character. */
const literally = '\u001f';
const firstPrinting = 32;

const codes: ReadonlyMap<string, string> = new Map(
  words.map((word, index) => [word, String.fromCharCode(index + 1)]),
);
const anyWord = new RegExp(words.map((word) => word.replaceAll('.', '\\.')).join('|'), 'g');

/** The text with such words cut short. */
export function shorten(text: string): string {
  return literalText(text).replace(anyWord, (word) => codes.get(word) ?? word);
}

/** What {@link shorten} was given. */
export function lengthen(text: string): string {
  if (!hasControls(text)) return text;
  let whole = '';
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (letter === literally) {
      at += 1;
      const isHalf = text.charAt(at) === 'u';
      whole += isHalf ? halfOf(text.slice(at + 1, at + 5)) : text.charAt(at);
      if (isHalf) at += 4;
    } else whole += words[letter.charCodeAt(0) - 1] ?? letter;
  }
  return whole;
}

function literalText(text: string): string {
  if (!hasControls(text) && text.isWellFormed()) return text;
  return [...text].map(literal).join('');
}

function literal(letter: string): string {
  if (letter.charCodeAt(0) < firstPrinting) return literally + letter;
  // Half of a surrogate pair has no form in UTF-8 and would come back as another character.
  if (letter.isWellFormed()) return letter;
  return `${literally}u${letter.charCodeAt(0).toString(16)}`;
}

function halfOf(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

function hasControls(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    if (text.charCodeAt(at) < firstPrinting) return true;
  }
  return false;
}
