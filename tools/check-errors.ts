import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A row of the tables in docs/errors.md begins with the code: "| `cookie_too_large` | …". */
const codeRow = /^\|\s*`([a-z0-9_]+)`\s*\|/gm;

/** The codes that have rows in the document, in its order. */
export function documentedCodes(markdown: string): string[] {
  return [...markdown.matchAll(codeRow)].map((match) => match[1] ?? '');
}

/** What differs between the codes of the sources and the rows of the document. */
export function compareCodes(
  inSource: ReadonlyMap<string, string>,
  inDocs: readonly string[],
): string[] {
  const differences: string[] = [];
  for (const [code, file] of inSource) {
    if (!inDocs.includes(code)) differences.push(`${code} (${file}) has no row in docs/errors.md`);
  }
  inDocs.forEach((code, position) => {
    if (!inSource.has(code))
      differences.push(`${code} in docs/errors.md is no code of any package`);
    if (inDocs.indexOf(code) !== position) differences.push(`${code} has two rows`);
  });
  return differences;
}

/** The codes of every `packages/<name>/src/errors.ts`: the keys of its exported `…Codes` objects, with the file of each. */
export async function sourceCodes(root: string): Promise<Map<string, string>> {
  const codes = new Map<string, string>();
  for (const file of globSync('packages/*/src/errors.ts', { cwd: root }).sort()) {
    const exported = (await import(pathToFileURL(join(root, file)).href)) as Record<
      string,
      unknown
    >;
    const lists = Object.entries(exported).filter(([name]) => /codes$/i.test(name));
    if (lists.length === 0) throw new Error(`${file} exports no object named errorCodes.`);
    for (const [, list] of lists) {
      for (const code of Object.keys(list as object)) codes.set(code, file);
    }
  }
  return codes;
}

async function differencesIn(root: string): Promise<string[]> {
  const document = join(root, 'docs/errors.md');
  const markdown = existsSync(document) ? readFileSync(document, 'utf8') : '';
  return compareCodes(await sourceCodes(root), documentedCodes(markdown));
}

if (import.meta.main) {
  const differences = await differencesIn(process.cwd());
  for (const line of differences) console.error(line);
  console.log(differences.length === 0 ? 'Codes and documentation agree.' : 'They differ.');
  process.exitCode = differences.length === 0 ? 0 : 1;
}
