import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refuseInput } from './errors.ts';
import type { ListUse } from './exposure-report.ts';

/** A list as a folder has it; `packages/exposure/lists/README.md` describes the shape. */
export interface TargetList {
  readonly name: string;
  readonly kind: ListUse['kind'];
  /** ISO date of its content. */
  readonly date: string;
  readonly source: string;
  readonly licence: string;
  /** Firm by target; a target stands for itself and every name below it. */
  readonly targets: Readonly<Record<string, string>>;
  /** Kind `takeover`: targets whose abandoned names do not exist, so that an answer proves that a name is held. */
  readonly nxdomain?: readonly string[];
}

/** What the lists say of one name. */
export interface KnownTarget {
  readonly firm: string;
  readonly kind: ListUse['kind'];
  /** Kind `takeover`: an abandoned name does not exist. */
  readonly vanishes: boolean;
}

/** The lists, ready to be asked. */
export interface Firms {
  readonly uses: readonly ListUse[];
  /** What is known of the name, the gravest first (tracker, takeover, proxy), by its longest suffix in each list. */
  find(name: string): readonly KnownTarget[];
}

const yearMilliseconds = 365.25 * 86_400_000;
const kindOrder: readonly ListUse['kind'][] = ['tracker', 'takeover', 'proxy'];

/** The folder of the lists that ship with the package. */
export const shippedLists: string = fileURLToPath(new URL('../lists', import.meta.url));

/**
 * Reads every `.json` of a folder as a list, in the order of their names. Throws `exposure_input_invalid` for a folder
 * that is not there and for a file that is no list.
 */
export function readLists(folder: string): readonly TargetList[] {
  let files: string[];
  try {
    files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  } catch (error) {
    throw refuseInput(`The folder of lists ${folder} cannot be read.`, error);
  }
  return files.sort().map((file) => readList(join(folder, file)));
}

/** Makes the lists ready. `now` in milliseconds since 1970: lists older than a year are marked. */
export function createFirms(lists: readonly TargetList[], now: number): Firms {
  const byName = new Map<string, KnownTarget[]>();
  for (const { targets, kind, nxdomain = [] } of lists) {
    const vanishing = new Set(nxdomain);
    for (const [target, firm] of Object.entries(targets)) {
      const known = byName.get(target) ?? [];
      known.push({ firm, kind, vanishes: vanishing.has(target) });
      byName.set(target, known);
    }
  }
  return {
    uses: lists.map((list) => useOf(list, now)),
    find: (name) => findIn(byName, name),
  };
}

function findIn(
  byName: ReadonlyMap<string, readonly KnownTarget[]>,
  name: string,
): readonly KnownTarget[] {
  if (byName.size === 0) return [];
  const found: KnownTarget[] = [];
  for (let rest = name; rest !== ''; ) {
    found.push(...(byName.get(rest) ?? []));
    const dot = rest.indexOf('.');
    rest = dot === -1 ? '' : rest.slice(dot + 1);
  }
  return found.sort((a, b) => kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind));
}

function useOf({ name, kind, date, source, licence }: TargetList, now: number): ListUse {
  return { name, kind, date, source, licence, isOld: now - Date.parse(date) > yearMilliseconds };
}

function readList(file: string): TargetList {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw refuseInput(`The list ${file} cannot be read as JSON.`, error);
  }
  if (!isList(content)) {
    throw refuseInput(
      `${file} is no list: it needs name, kind (${kindOrder.join(', ')}), date (ISO), source, licence, and targets with the firm of each.`,
    );
  }
  const targets = Object.entries(content.targets).map(([target, firm]) => [
    target.toLowerCase(),
    firm,
  ]);
  return { ...content, targets: Object.fromEntries(targets) };
}

function isList(content: unknown): content is TargetList {
  if (typeof content !== 'object' || content === null) return false;
  const { name, kind, date, source, licence, targets, nxdomain = [] } = content as TargetList;
  const areTexts = [name, kind, date, source, licence].every((one) => typeof one === 'string');
  if (!areTexts || !kindOrder.includes(kind) || Number.isNaN(Date.parse(date))) return false;
  if (!Array.isArray(nxdomain) || typeof targets !== 'object' || targets === null) return false;
  return Object.values(targets).every((firm) => typeof firm === 'string');
}
