import { isIP } from 'node:net';
import { isHostName, normalizeName } from '../dns/name.ts';
import type { ExportFormat } from './export-format.ts';
import { type JsonObject, textsOf } from './json-shape.ts';

/** Members that hold names: of crt.sh, certspotter, Censys. */
const nameMembers = ['name_value', 'common_name', 'dns_names', 'dnsNames', 'names', 'parsed.names'];

/**
 * The hosts of an export of certificate transparency: crt.sh (`name_value` holds names parted by line ends, wildcards among
 * them), certspotter (`dns_names`), an array or one object a line. Names of certificates that are no hosts (e-mail addresses,
 * IP addresses, names of firms) are left out without a word: logs are full of them. That a certificate was issued does not
 * mean that the name still exists.
 */
export const certificateLog: ExportFormat = {
  name: 'a certificate log (JSON of crt.sh or certspotter)',
  matches: (objects) => objects.some((one) => writtenIn(one).length > 0),
  read(reading, { objects }) {
    const nameless = objects.filter((one) => writtenIn(one).length === 0).length;
    for (const name of objects.flatMap(writtenIn).flatMap(hostIn)) reading.addName(name);
    if (nameless > 0) {
      reading.fail('bad-data', `${nameless} entries have neither name_value nor dns_names.`);
    }
  },
};

function writtenIn(certificate: JsonObject): readonly string[] {
  return nameMembers
    .flatMap((member) => textsOf(certificate[member]))
    .flatMap((text) => text.split('\n'));
}

function hostIn(written: string): readonly string[] {
  const result = normalizeName(written.trim());
  const isHost = result.kind === 'name' && isHostName(result.name) && result.name.includes('.');
  return isHost && !/[\s(),&]/.test(result.name) && isIP(result.name) === 0 ? [result.name] : [];
}
