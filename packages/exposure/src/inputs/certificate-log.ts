import { isIP } from 'node:net';
import { isHostName, normalizeName } from '../dns/name.ts';
import type { InputError, InputRecords, NamedHost } from './dns-record.ts';
import { elementsOf, objectOf, parseJson, textOf } from './json-shape.ts';

/**
 * The hosts of a certificate-transparency export in the JSON of crt.sh: `name_value` holds names parted by line ends,
 * wildcards among them, and `common_name` one more. Takes an array, or one object a line. Names of certificates that are no
 * hosts (e-mail addresses, IP addresses, names of firms) are left out without a word: logs are full of them. That a
 * certificate was issued does not mean that the name still exists.
 */
export function parseCertificateLog(text: string, file: string): InputRecords {
  const entries = entriesOf(text);
  if (entries === null) {
    const message = 'It is not the JSON of a certificate log: an array, or one object a line.';
    const error: InputError = { file, line: 0, reason: 'bad-json', message };
    return { records: [], names: [], zones: [], errors: [error] };
  }
  const names = new Map<string, NamedHost>();
  let nameless = 0;
  for (const entry of entries) {
    const written = namesIn(entry);
    if (written === null) nameless += 1;
    for (const name of written ?? []) {
      if (!names.has(name)) names.set(name, { name, source: { file, line: 0 } });
    }
  }
  return {
    records: [],
    names: [...names.values()],
    zones: [],
    errors: nameless === 0 ? [] : [namelessError(file, nameless)],
  };
}

function entriesOf(text: string): readonly unknown[] | null {
  const whole = parseJson(text);
  if (whole.kind === 'json') {
    if (Array.isArray(whole.value)) return elementsOf(whole.value);
    return objectOf(whole.value) === null ? null : [whole.value];
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const parsed = lines.map(parseJson);
  if (parsed.length === 0) return null;
  return parsed.every((one) => one.kind === 'json') ? parsed.map((one) => one.value) : null;
}

function namesIn(entry: unknown): readonly string[] | null {
  const certificate = objectOf(entry);
  const values = textOf(certificate?.['name_value']);
  const common = textOf(certificate?.['common_name']);
  if (values === null && common === null) return null;
  return [...(values?.split('\n') ?? []), common ?? ''].flatMap((written) => {
    const result = normalizeName(written.trim());
    const isHost = result.kind === 'name' && isHostName(result.name) && result.name.includes('.');
    return isHost && !/[\s(),&]/.test(result.name) && isIP(result.name) === 0 ? [result.name] : [];
  });
}

function namelessError(file: string, count: number): InputError {
  const message = `${count} entries have neither name_value nor common_name.`;
  return { file, line: 0, reason: 'bad-data', message };
}
