import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const sources = ['packages/session/src/event-reasons.ts', 'packages/session/src/end-cause.ts'];

/**
 * docs/events.md against the reasons that the code may give: each is named in backticks in the row of its event, or in a row of
 * the section on reasons whose first cell names the event.
 */
export function eventReasonFaults(root: string, page: string): string[] {
  const source = sources.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
  return undocumentedReasons(source, page);
}

/** The same for the text of the source and of the page. */
export function undocumentedReasons(source: string, page: string): string[] {
  const unions = readUnions(source);
  return readReasons(source).flatMap(([type, union]) => {
    const text = rowsOf(page, type);
    const missing = literalsOf(union, unions).filter((name) => !text.includes(`\`${name}\``));
    return missing.map((name) => `docs/events.md does not name the reason ${name} of ${type}`);
  });
}

/** The type aliases of a source text, each with the text of its union. */
function readUnions(source: string): ReadonlyMap<string, string> {
  const aliases = source.matchAll(/^(?:export )?type (\w+) =([^;]+);/gm);
  return new Map([...aliases].map(([, name = '', union = '']) => [name, union]));
}

/** The properties of `EventReasons`: an event type and the text of its union. */
function readReasons(source: string): readonly (readonly [type: string, union: string])[] {
  const body = /interface EventReasons \{([\s\S]*?)\n\}/.exec(source)?.[1];
  if (body === undefined) throw new Error(`There is no interface EventReasons in ${sources[0]}.`);
  return [...body.matchAll(/^ {2}'([^']+)':([^;]+);/gm)].map(([, type = '', union = '']) => [
    type,
    union,
  ]);
}

/** The literal members of a union, those of the aliases in it included. Templates and `string` have none. */
function literalsOf(union: string, unions: ReadonlyMap<string, string>): readonly string[] {
  const bare = union.replaceAll(/\/\*[\s\S]*?\*\/|`[^`]*`/g, '');
  const literals = [...bare.matchAll(/'([^']+)'/g)].map(([, literal = '']) => literal);
  const names = bare.replaceAll(/'[^']*'/g, '').match(/\b[A-Z]\w*/g) ?? [];
  return [...literals, ...names.flatMap((name) => literalsOf(unions.get(name) ?? '', unions))];
}

/** The rows of a table whose first cell names the event. */
function rowsOf(page: string, type: string): string {
  const rows = page.split('\n').filter((line) => /^\| `/.test(line));
  return rows.filter((row) => row.split(' | ', 1)[0]?.includes(`\`${type}\``)).join('\n');
}
