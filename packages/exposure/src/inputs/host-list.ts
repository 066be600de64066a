import { isIP } from 'node:net';
import { isHostName, normalizeName } from '../dns/name.ts';
import type { InputError, InputRecords, NamedHost } from './dns-record.ts';

const ERROR_LIMIT = 100;

/**
 * The hosts of a list: one name a line, `*.x` for a wildcard, empty lines and what follows `#` left out. Addresses, URLs
 * and names that no browser asks for (`_dmarc.x`) are errors; the rest is read all the same.
 */
export function parseHostList(text: string, file: string): InputRecords {
  const names = new Map<string, NamedHost>();
  const errors: InputError[] = [];
  text.split('\n').forEach((raw, at) => {
    const written = (raw.split('#')[0] ?? '').replace(/^\uFEFF/, '').trim();
    if (written === '') return;
    const source = { file, line: at + 1 };
    const result = normalizeName(written);
    if (result.kind === 'name' && isHostName(result.name) && isIP(result.name) === 0) {
      if (!names.has(result.name)) names.set(result.name, { name: result.name, source });
    } else if (errors.length < ERROR_LIMIT) {
      const message = `The line is no host name${result.kind === 'invalid' ? `: ${result.why}` : ''}.`;
      errors.push({ ...source, reason: 'bad-name', message });
    }
  });
  return { records: [], names: [...names.values()], zones: [], errors };
}
