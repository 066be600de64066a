const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How one language writes numbers of things, times and lists. */
export interface Formats {
  /** The text for a number of things; the languages so far have a form for one and a form for all other numbers. */
  plural(count: number, one: string, other: string): string;
  /** How long ago something was, in words that need no time zone; `moment` for less than two minutes. */
  ago(milliseconds: number, moment: string): string;
  /** An instant (milliseconds since 1970) to the minute, in UTC: the zone of whoever reads it is not known. */
  instant(milliseconds: number): string;
  /** "a, b and c". */
  list(items: readonly string[]): string;
  /** A whole number, its thousands grouped. */
  number(value: number): string;
}

/** The formats of a language by its tag (BCP 47). */
export function createFormats(tag: string): Formats {
  const plurals = new Intl.PluralRules(tag);
  const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'always' });
  const instants = new Intl.DateTimeFormat(tag, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  });
  const lists = new Intl.ListFormat(tag, { type: 'conjunction' });
  const numbers = new Intl.NumberFormat(tag, { maximumFractionDigits: 0 });
  const back = (amount: number, unit: 'minute' | 'hour' | 'day'): string =>
    relative.format(-Math.floor(amount), unit);
  return {
    plural: (count, one, other) => (plurals.select(count) === 'one' ? one : other),
    ago(milliseconds, moment) {
      if (milliseconds < 2 * minute) return moment;
      if (milliseconds < hour) return back(milliseconds / minute, 'minute');
      if (milliseconds < day) return back(milliseconds / hour, 'hour');
      return back(milliseconds / day, 'day');
    },
    instant: (milliseconds) => `${instants.format(milliseconds)} UTC`,
    list: (items) => lists.format(items),
    number: (value) => numbers.format(value),
  };
}
