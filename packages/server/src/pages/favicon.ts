import { toneFor } from './style/colors.ts';

/** A key on a round square, in the brand's colour. */
export function favicon(color: string | null): string {
  const { key, keyInk } = toneFor(color ?? '#4b3bbd', 'light');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${key}"/><g fill="none" stroke="${keyInk}" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"><circle cx="12" cy="20" r="4.5"/><path d="M15.5 16.5 23.5 8.5M20.5 11.5l3 3"/></g></svg>`;
}
