import { isIP } from 'node:net';

/** A name server: an IP address or host name, and a port. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

const dnsPort = 53;

/** Reads `host`, `host:port`, `[::1]:port` or a bare IPv6 address; the port is 53 where none is named. Null if neither. */
export function parseServerAddress(text: string): ServerAddress | null {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text);
  if (bracketed !== null) {
    const [, host = '', port] = bracketed;
    return isIP(host) === 6 ? withPort(host, port) : null;
  }
  if (isIP(text) === 6) return { host: text, port: dnsPort };
  const plain = /^([a-z0-9_.-]+)(?::(\d{1,5}))?$/i.exec(text);
  return plain === null ? null : withPort(plain[1] ?? '', plain[2]);
}

/** As {@link parseServerAddress} reads it. */
export function serverText({ host, port }: ServerAddress): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

function withPort(host: string, written: string | undefined): ServerAddress | null {
  const port = written === undefined ? dnsPort : Number(written);
  return port >= 1 && port <= 65_535 ? { host, port } : null;
}
