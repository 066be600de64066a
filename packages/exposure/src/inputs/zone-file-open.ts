import { realpathSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { InputProblem, InputRecords } from './dns-record.ts';
import { codeOf, readTextFile } from './text-file.ts';
import { type IncludeResult, parseZoneFile } from './zone-file.ts';

export interface OpenZoneFileOptions {
  /** The zone, for files without `$ORIGIN`. Default: read from the file's name. */
  readonly origin?: string;
  /** Folders besides the zone file's own from which it may include. Default: none. */
  readonly includeFolders?: readonly string[];
}

/**
 * Reads a master file and what it includes. `$INCLUDE` paths are relative to the file that holds them and must be in the
 * folder of the first file (symbolic links followed) or in `includeFolders`: a zone file from elsewhere must not read
 * other files of this machine. Never throws; an unreadable file is an error value.
 */
export function openZoneFile(path: string, options: OpenZoneFileOptions = {}): InputRecords {
  const first = readTextFile(path);
  if (first.kind === 'problem') {
    const { reason, message } = first;
    return {
      records: [],
      names: [],
      zones: [],
      errors: [{ file: path, line: 0, reason, message }],
    };
  }
  return parseOpened(first.text, path, options);
}

/** The same for a text that was read from the path already. */
export function parseOpened(
  text: string,
  path: string,
  options: OpenZoneFileOptions,
): InputRecords {
  const folder = dirname(path);
  const others = (options.includeFolders ?? []).map(realPath);
  const home = { path, real: realPath(path), folder, realFolder: realPath(folder), others };
  return parseZoneFile(text, {
    file: path,
    ...(options.origin === undefined ? {} : { origin: options.origin }),
    include: (named, fromFile) => openInclude(named, fromFile, home),
  });
}

/** The first file and its folder, as named and as they really are. */
interface Home {
  readonly path: string;
  readonly real: string;
  readonly folder: string;
  readonly realFolder: string;
  /** The other folders that it may include from, as they really are. */
  readonly others: readonly string[];
}

function openInclude(named: string, fromFile: string, home: Home): IncludeResult {
  let real: string;
  try {
    real = realpathSync(resolve(dirname(fromFile), named));
  } catch (cause) {
    return problem('unreadable', `The included file cannot be read: ${codeOf(cause)}.`);
  }
  if (![home.realFolder, ...home.others].some((folder) => liesIn(real, folder))) {
    return problem('include-refused', 'The included file is outside the folder of the zone file.');
  }
  const result = readTextFile(real);
  return result.kind === 'text' ? { ...result, file: shownPath(real, home) } : result;
}

/** One name for one file, so that a cycle is seen: below the folder as the caller named it, where it is there. */
function shownPath(real: string, home: Home): string {
  if (real === home.real) return home.path;
  return liesIn(real, home.realFolder) ? join(home.folder, relative(home.realFolder, real)) : real;
}

function liesIn(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function problem(reason: InputProblem, message: string): IncludeResult {
  return { kind: 'problem', reason, message };
}
