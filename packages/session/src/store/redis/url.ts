import { LatchkeyError } from '../../errors.ts';

/** A checked URL, and what of it may be shown: the address without user and password. */
export interface RedisAddress {
  readonly url: string;
  readonly address: string;
}

/** Reads a Redis URL. Throws `option_invalid` when it is none; the message never shows what was given. */
export function readRedisUrl(url: string): RedisAddress {
  try {
    const { protocol, host, pathname, username, password } = new URL(url);
    decodeURIComponent(username + password);
    const isRedis = protocol === 'redis:' || protocol === 'rediss:';
    if (isRedis && host !== '' && /^\/?\d*$/.test(pathname)) {
      return { url, address: `${protocol}//${host}` };
    }
  } catch {
    // The error itself would carry the URL, and with it the password.
  }
  throw new LatchkeyError(
    'option_invalid',
    'The Redis URL cannot be read. Write redis://user:password@host:6379/0 (or rediss:// for TLS), ' +
      'with special characters of user and password percent-encoded.',
  );
}
