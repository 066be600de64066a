/** Session ids, tokens and keys are longer runs of these characters than any word. */
const tokenLike = /[A-Za-z0-9_+=-]{24,}/g;
/** User and password of a URL. */
const credentials = /\/\/[^/@\s]*@/g;
const longest = 2000;

/**
 * A text from outside, its first 2,000 characters, with everything left out that may be secret: the secrets given, whatever
 * looks like a token or a key, and the user part of URLs. Long identifiers and UUIDs go as well.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  const known = secrets.filter((secret) => secret !== '');
  const without = known.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
  return without
    .slice(0, longest)
    .replace(credentials, '//[secret]@')
    .replace(tokenLike, '[secret]');
}
