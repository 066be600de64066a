import type { Person } from './visitor.ts';

/** Milliseconds that a proof counts for acts that let others in, or shut them out. */
export const freshMilliseconds = 600_000;

/** Whether somebody proved a short while ago who they are. `left`: for how many milliseconds it must stay so; default none. */
export function isProofFresh(
  { provedAt }: Pick<Person, 'provedAt'>,
  now: number,
  left = 0,
): boolean {
  return now - provedAt + left < freshMilliseconds;
}
