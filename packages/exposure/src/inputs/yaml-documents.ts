import { extname } from 'node:path';
import { type JsonObject, objectsOf } from './json-shape.ts';

/** A first line such as no zone file and no list of hosts has: `---`, or a key with its colon. */
const documentStart = /^(?:---(?:\s|$)|(?:'[^']*'|"[^"]*"|[\w.*@-]+|\?)\s*:(?:\s|$))/;

/** Whether a text is YAML by the name of its file or by its first line that is no comment. */
export function isYaml(text: string, file: string): boolean {
  if (/^\.ya?ml$/i.test(extname(file))) return true;
  const first = /^(?:[ \t]*(?:#.*)?\r?\n)*(.*)/.exec(text)?.[1] ?? '';
  return documentStart.test(first);
}

/**
 * The documents of a YAML file that are mappings. Every scalar stays the text that it is: `1.10` and `no` are names here.
 * Null where it is no YAML.
 */
export async function parseYaml(text: string): Promise<readonly JsonObject[] | null> {
  // Loaded when it is needed: most runs read no YAML.
  const { parseAllDocuments } = await import('yaml');
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    merge: true,
    logLevel: 'silent',
  });
  if (!Array.isArray(documents)) return [];
  if (documents.some(({ errors }) => errors.length > 0)) return null;
  try {
    const values = documents.map((document): unknown => document.toJS({ maxAliasCount: 100 }));
    return values.flatMap((value) => objectsOf(Array.isArray(value) ? value : [value]));
  } catch {
    // More aliases than a zone has need of.
    return null;
  }
}
