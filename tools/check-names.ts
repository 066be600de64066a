import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ESTree, parseSync, Visitor } from 'rolldown/utils';

/** `ms` and what ends in `Ms`: milliseconds are spelt out. */
const abbreviated = /^ms$|[a-z0-9]Ms$/;
/** Words of their own at the end of a name, so that `page` and `message` are none. */
const durationWord =
  /^(?:timeout|delay|interval|lifetime|age|pause)$|[a-z0-9](?:Timeout|Delay|Interval|Lifetime|Age|Pause)$/;
/** An attribute of a cookie, called so by express-session and by the cookie options of frameworks. */
const foreignNames: ReadonlySet<string> = new Set(['maxAge', 'originalMaxAge']);

type Named = ESTree.BindingPattern | ESTree.PropertyKey | ESTree.ParamPattern;

/**
 * The names in a TypeScript file that hide a unit, as lines that say where and why: milliseconds that are abbreviated, and
 * numbers that are durations by their name and say no unit. Keys of object literals are not judged: there stand the options
 * of foreign interfaces, and ours are judged where their type is declared.
 */
export function checkNames(file: string, text: string): string[] {
  const found: string[] = [];
  const judge = (node: Named, isNumber: boolean): void => {
    if (node.type !== 'Identifier') return;
    const why = fault(node.name, isNumber);
    if (why === null) return;
    found.push(`${file}:${text.slice(0, node.start).split('\n').length} ${node.name}: ${why}`);
  };
  new Visitor({
    Identifier: (node) => {
      if ('typeAnnotation' in node && node.typeAnnotation) {
        judge(node, isNumberType(node.typeAnnotation.typeAnnotation));
      } else if (abbreviated.test(node.name)) judge(node, false);
    },
    VariableDeclarator: ({ id, init }) => judge(id, isNumeric(init)),
    AssignmentPattern: ({ left, right }) => judge(left, isNumeric(right)),
    PropertyDefinition: ({ key, value }) => judge(key, isNumeric(value)),
    TSPropertySignature: ({ key, typeAnnotation }) =>
      judge(key, isNumberType(typeAnnotation?.typeAnnotation)),
  }).visit(parseSync(file, text).program);
  return [...new Set(found)];
}

function fault(name: string, isNumber: boolean): string | null {
  if (abbreviated.test(name)) return 'milliseconds are spelt out: …Milliseconds';
  if (!isNumber || foreignNames.has(name) || !durationWord.test(name)) return null;
  return 'a duration says its unit: …Milliseconds or …Seconds';
}

function isNumberType(type: ESTree.TSType | null | undefined): boolean {
  if (type?.type === 'TSUnionType') return type.types.some(isNumberType);
  return type?.type === 'TSNumberKeyword';
}

/** A number, or an arithmetic that gives one: `5 * minute`. */
function isNumeric(value: ESTree.Expression | null): boolean {
  if (value?.type === 'Literal') return typeof value.value === 'number';
  return value?.type === 'BinaryExpression' && ['*', '/', '-', '%', '**'].includes(value.operator);
}

function faultsIn(root: string): string[] {
  return globSync('**/*.{ts,tsx,mjs}', {
    cwd: root,
    exclude: ['**/node_modules/**', '**/dist/**', '**/fixtures/**', '**/*.d.ts', '**/*.d.mts'],
  }).flatMap((file) => checkNames(file, readFileSync(join(root, file), 'utf8')));
}

if (import.meta.main) {
  const faults = faultsIn(process.cwd());
  for (const line of faults) console.error(line);
  if (faults.length === 0) console.log('Durations say their unit.');
  process.exitCode = faults.length === 0 ? 0 : 1;
}
