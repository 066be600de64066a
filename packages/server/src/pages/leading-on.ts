/** Characters of a destination that a link carries: longer ones, encoded, are more than a proxy takes as a request line. */
const maxReturnTo = 4_000;

/** The path of a page of ours that leads on to a `return_to` afterwards, which was judged before. */
export function leadingOn(path: string, returnTo: string): string {
  const isPlain = returnTo === '' || returnTo === '/' || returnTo.length > maxReturnTo;
  return isPlain ? path : `${path}?return_to=${encodeURIComponent(returnTo)}`;
}
