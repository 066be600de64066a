/**
 * A text from outside, harmless on a terminal: control characters, separators of lines and paragraphs, and invisible
 * characters (those that turn the direction of writing among them) are replaced by U+FFFD.
 */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd').toWellFormed();
}
