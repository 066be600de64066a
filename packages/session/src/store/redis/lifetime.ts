/** Units in which lifetimes are mostly whole, in milliseconds; the place in the list is what is written. */
const units = [86_400_000, 60_000, 1000, 1] as const;

/** Seconds as a number. Rounded up to whole milliseconds, so that no lifetime becomes nothing; but not for what arithmetic leaves over. */
export function lifetime(value: number): number {
  const milliseconds = Math.ceil(value * 1000 - 1e-6);
  const unit = units.findIndex((length) => milliseconds % length === 0);
  return 4 * (milliseconds / (units[unit] ?? 1)) + unit;
}

/** What {@link lifetime} was given. */
export function seconds(value: number): number {
  return (Math.floor(value / 4) * (units[value % 4] ?? 1)) / 1000;
}
