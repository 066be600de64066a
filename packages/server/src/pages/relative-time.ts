const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago something was, in words that need no time zone. */
export function relativeTime(milliseconds: number): string {
  if (milliseconds < 2 * minute) return 'a moment ago';
  if (milliseconds < hour) return several(milliseconds / minute, 'minute');
  if (milliseconds < day) return several(milliseconds / hour, 'hour');
  return several(milliseconds / day, 'day');
}

function several(amount: number, unit: string): string {
  const whole = Math.floor(amount);
  return whole === 1 ? `1 ${unit} ago` : `${whole} ${unit}s ago`;
}
