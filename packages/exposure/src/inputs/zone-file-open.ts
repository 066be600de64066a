import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { InputProblem, InputRecords } from './dns-record.ts';
import { type IncludeResult, parseZoneFile } from './zone-file.ts';

export interface OpenZoneFileOptions {
  /** The zone, for files without `$ORIGIN`. Default: read from the file's name. */
  readonly origin?: string;
  /** Folders besides the zone file's own from which it may include. Default: none. */
  readonly includeFolders?: readonly string[];
}

/** The longest input that is read, in bytes. */
export const INPUT_LIMIT: number = 256 * 1024 * 1024;

/**
 * Reads a master file and what it includes. `$INCLUDE` paths are relative to the file that holds them and must lie in the
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
  const folder = dirname(path);
  const home = { path, real: realPath(path), folder, realFolder: realPath(folder) };
  const others = (options.includeFolders ?? []).map(realPath);
  return parseZoneFile(first.text, {
    file: path,
    ...(options.origin === undefined ? {} : { origin: options.origin }),
    include: (named, fromFile) => openInclude(named, fromFile, home, others),
  });
}

/** The first file and its folder, as named and as they really are. */
interface Home {
  readonly path: string;
  readonly real: string;
  readonly folder: string;
  readonly realFolder: string;
}

/** The text of a regular file up to {@link INPUT_LIMIT}, as UTF-8. */
export function readTextFile(path: string): IncludeResult {
  try {
    const { size, isRegular } = look(path);
    if (!isRegular) return problem('unreadable', 'It is not a regular file.');
    if (size > INPUT_LIMIT) return problem('too-large', `It has more than ${INPUT_LIMIT} bytes.`);
    return { kind: 'text', file: path, text: readFileSync(path, 'utf8') };
  } catch (cause) {
    return problem('unreadable', `It cannot be read: ${codeOf(cause)}.`);
  }
}

function look(path: string): { size: number; isRegular: boolean } {
  const found = statSync(path);
  return { size: found.size, isRegular: found.isFile() };
}

function openInclude(
  named: string,
  fromFile: string,
  home: Home,
  others: readonly string[],
): IncludeResult {
  let real: string;
  try {
    real = realpathSync(resolve(dirname(fromFile), named));
  } catch (cause) {
    return problem('unreadable', `The included file cannot be read: ${codeOf(cause)}.`);
  }
  if (![home.realFolder, ...others].some((folder) => liesIn(real, folder))) {
    return problem(
      'include-refused',
      'The included file lies outside the folder of the zone file.',
    );
  }
  const result = readTextFile(real);
  return result.kind === 'text' ? { ...result, file: shownPath(real, home) } : result;
}

/** One name for one file, so that a cycle is seen: below the folder as the caller named it, where it lies there. */
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

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
}
