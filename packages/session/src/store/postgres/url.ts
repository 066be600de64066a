import { LatchkeyError } from '../../errors.ts';

/** A checked URL, and what of it may be shown: the address without user, password and parameters. */
export interface PostgresAddress {
  readonly url: string;
  readonly address: string;
}

/** Reads a Postgres URL. Throws `option_invalid` when it is none; the message never shows what was given. */
export function readPostgresUrl(url: string): PostgresAddress {
  try {
    const { protocol, host, pathname, username, password, search, hash } = new URL(url);
    decodeURIComponent(username + password + pathname + host);
    const isPostgres = protocol === 'postgres:' || protocol === 'postgresql:';
    const hasHost = host !== '' || new URLSearchParams(search).has('host');
    // A password with a bare `/`, `?` or `#` ends up in these places, before the `@`.
    const isWhole = /^(\/[^/@]*)?$/.test(pathname) && !search.includes('@') && hash === '';
    if (isPostgres && hasHost && isWhole) return { url, address: `${protocol}//${host}` };
  } catch {
    // The error itself would carry the URL, and with it the password.
  }
  throw new LatchkeyError(
    'option_invalid',
    'The Postgres URL cannot be read. Write postgres://user:password@host:5432/database (with ?sslmode=verify-full ' +
      'for TLS), with special characters of user and password percent-encoded.',
  );
}
