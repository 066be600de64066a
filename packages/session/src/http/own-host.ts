/**
 * Judges `Host` headers by a configured origin: the same host in small or capital letters, with the origin's port, or
 * with the port of its scheme written out (RFC 9110, section 4.2.3). Nothing else is its own.
 */
export function createHostCheck(origin: string): (host: string | undefined) => boolean {
  const { host, hostname, port, protocol } = new URL(origin);
  const written = port === '' ? `${hostname}:${protocol === 'https:' ? 443 : 80}` : host;
  return (given) => given === host || [host, written].includes(given?.toLowerCase() ?? '');
}
