// Owns every format that records and names come in: zone files, transfers, exports of providers, certificate logs,
// lists. Gives records and names, each with where it was read. What they mean is left to the survey above this folder;
// nothing is asked of a resolver here.

import { basename, dirname } from 'node:path';
import { type TransferOptions, transferZone, type ZoneTransfer } from './axfr.ts';
import type { InputProblem, InputRecords } from './dns-record.ts';
import { type ExportFile, type ExportFormat, readExports } from './export-format.ts';
import { parseHostList } from './host-list.ts';
import { mergeInputs } from './merge-inputs.ts';
import { type InputKind, recognize } from './recognize.ts';
import { readTextFile } from './text-file.ts';
import { parseZoneFile } from './zone-file.ts';
import { parseOpened } from './zone-file-open.ts';
import { originOfFileName } from './zone-file-origin.ts';

/** The path of a file, or a text that the caller has read (standard input) with the name that errors carry. */
export type TextInput = string | { readonly name: string; readonly text: string };

/**
 * What to read. Any of them, in any number; in this order where two say the same. An export that is recognized by its shape
 * is read as what it is, whichever list it stands in.
 */
export interface InputSources {
  /** Master files. One given as text may not include others. */
  readonly zoneFiles?: readonly TextInput[];
  /** The zone of inputs that do not say it. Default: read from each file's name. */
  readonly zoneOrigin?: string;
  /** Folders besides that of the zone file from which it may include. Default: none. */
  readonly includeFolders?: readonly string[];
  readonly transfers?: readonly ZoneTransfer[];
  readonly transferOptions?: TransferOptions;
  /** Anything: told apart by what is in it. */
  readonly exports?: readonly TextInput[];
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
  const lists: readonly (readonly [InputKind, readonly TextInput[] | undefined])[] = [
    ['zone', sources.zoneFiles],
    ['any', sources.exports],
    ['zone', sources.route53],
    ['zone', sources.cloudflare],
    ['hosts', sources.hostLists],
    ['certificates', sources.certificateLogs],
  ];
  const run: Run = { sources, exported: new Map() };
  const texts: InputRecords[] = [];
  for (const [kind, inputs] of lists) {
    for (const input of inputs ?? []) texts.push(await readOne(run, input, kind));
  }
  // Pages of one export may be in several files.
  const exports = [...run.exported].map(([format, files]) => readExports(format, files));
  return mergeInputs([...texts, ...transfers, ...exports]);
}

const noRecords: InputRecords = { records: [], names: [], zones: [], errors: [] };

interface Run {
  readonly sources: InputSources;
  /** The files of each format of exports, read when all are there. */
  readonly exported: Map<ExportFormat, ExportFile[]>;
}

async function readOne(
  { sources, exported }: Run,
  input: TextInput,
  kind: InputKind,
): Promise<InputRecords> {
  const file = typeof input === 'string' ? input : input.name;
  const read =
    typeof input === 'string' ? readTextFile(input) : { kind: 'text' as const, ...input };
  if (read.kind === 'problem') return failed(file, read.reason, read.message);
  const { text } = read;
  const found = await recognize(text, file, kind);
  switch (found.kind) {
    case 'problem':
      return failed(file, found.reason, found.message);
    case 'hosts':
      return parseHostList(text, file);
    case 'export': {
      const origin = originOf(file, sources.zoneOrigin);
      const files = exported.get(found.format) ?? [];
      exported.set(found.format, [...files, { file, objects: found.objects, origin }]);
      return noRecords;
    }
    case 'zone': {
      const { zoneOrigin, includeFolders } = sources;
      const origin = zoneOrigin === undefined ? {} : { origin: zoneOrigin };
      if (typeof input !== 'string') return parseZoneFile(text, { file, ...origin });
      const folders = includeFolders === undefined ? {} : { includeFolders };
      return parseOpened(text, file, { ...origin, ...folders });
    }
  }
}

/** As said, else by the name of the file, else by that of its folder: octoDNS keeps a folder for a zone. */
function originOf(file: string, said: string | undefined): string | null {
  if (said !== undefined) return said.replace(/\.$/, '').toLowerCase();
  return originOfFileName(file) ?? originOfFileName(basename(dirname(file)));
}

function failed(file: string, reason: InputProblem, message: string): InputRecords {
  return { ...noRecords, errors: [{ file, line: 0, reason, message }] };
}
