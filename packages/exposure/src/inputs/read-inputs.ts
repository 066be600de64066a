import { type TransferOptions, transferZone, type ZoneTransfer } from './axfr.ts';
import { parseCertificateLog } from './certificate-log.ts';
import { parseCloudflare } from './cloudflare.ts';
import type { InputRecords } from './dns-record.ts';
import { parseHostList } from './host-list.ts';
import { mergeInputs } from './merge-inputs.ts';
import { parseRoute53 } from './route53.ts';
import { parseZoneFile } from './zone-file.ts';
import { openZoneFile, readTextFile } from './zone-file-open.ts';

/** The path of a file, or a text that the caller has read (standard input) with the name that errors carry. */
export type TextInput = string | { readonly name: string; readonly text: string };

/** What to read. Any of them, in any number; in this order where two say the same. */
export interface InputSources {
  /** Master files. One given as text may not include others. */
  readonly zoneFiles?: readonly TextInput[];
  /** The zone of master files without `$ORIGIN`. Default: read from each file's name. */
  readonly zoneOrigin?: string;
  /** Folders besides that of the zone file from which it may include. Default: none. */
  readonly includeFolders?: readonly string[];
  readonly transfers?: readonly ZoneTransfer[];
  readonly transferOptions?: TransferOptions;
  readonly route53?: readonly TextInput[];
  readonly cloudflare?: readonly TextInput[];
  readonly hostLists?: readonly TextInput[];
  readonly certificateLogs?: readonly TextInput[];
}

/**
 * Reads all inputs into one set of records, names and zones. Duplicates are merged and the first source is kept. Never
 * throws: what cannot be read is in `errors`, and the rest is there all the same.
 */
export async function readInputs(sources: InputSources): Promise<InputRecords> {
  const transfers = await Promise.all(
    (sources.transfers ?? []).map((one) => transferZone(one, sources.transferOptions)),
  );
  return mergeInputs([
    ...(sources.zoneFiles ?? []).map((input) => readZone(input, sources)),
    ...transfers,
    ...readAll(sources.route53, parseRoute53),
    ...readAll(sources.cloudflare, parseCloudflare),
    ...readAll(sources.hostLists, parseHostList),
    ...readAll(sources.certificateLogs, parseCertificateLog),
  ]);
}

function readZone(input: TextInput, { zoneOrigin, includeFolders }: InputSources): InputRecords {
  const origin = zoneOrigin === undefined ? {} : { origin: zoneOrigin };
  if (typeof input !== 'string') return parseZoneFile(input.text, { file: input.name, ...origin });
  const folders = includeFolders === undefined ? {} : { includeFolders };
  return openZoneFile(input, { ...origin, ...folders });
}

function readAll(
  inputs: readonly TextInput[] | undefined,
  parse: (text: string, file: string) => InputRecords,
): readonly InputRecords[] {
  return (inputs ?? []).map((input) => {
    if (typeof input !== 'string') return parse(input.text, input.name);
    const read = readTextFile(input);
    if (read.kind === 'text') return parse(read.text, input);
    const { reason, message } = read;
    return {
      records: [],
      names: [],
      zones: [],
      errors: [{ file: input, line: 0, reason, message }],
    };
  });
}
