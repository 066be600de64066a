import { basename } from 'node:path';
import { normalizeName } from '../dns/name.ts';

/** The zone that a file name states, as in `example.com.zone`, `db.example.com` or `example.com`; null where none. */
export function originOfFileName(file: string): string | null {
  const bare = basename(file)
    .replace(/^(?:db|zone|named)\./i, '')
    .replace(/\.(?:zone|db|txt|hosts|bind|dns)$/i, '');
  if (!/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(bare)) return null;
  const result = normalizeName(bare);
  return result.kind === 'name' ? result.name : null;
}
