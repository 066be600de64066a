/** Controls, halves of characters, those that mean something in private only. A line end is none of them. */
const unwritable = /(?!\n)[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;
/** What changes how text around it reads, bidi overrides among it, or cannot be seen; not the joiners, which some scripts need. */
const format = /(?![\u200C\u200D])\p{Cf}/gu;

/**
 * What somebody gives as a reason, as it is kept and shown: NFC, line ends as `\n`, without white space at its ends. Control and
 * format characters become spaces: no database refuses it, and it cannot change how a page or a mail around it reads. How long
 * it may be is left to the caller. Markup is text like any other: who shows it escapes it.
 */
export function readReason(written: string): string {
  const lines = written.normalize('NFC').replace(/\r\n?/g, '\n');
  return lines.replace(unwritable, ' ').replace(format, ' ').trim();
}
