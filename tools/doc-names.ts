import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventLevels } from '@latchkey/session';
import type { Command } from 'commander';
import { differences } from './doc-options.ts';
import { firstColumn, sectionOf } from './markdown.ts';

const code = ['packages/*/{src,bin}/**/*.{ts,mjs}', 'examples/*/src/**/*.ts', 'tools/*.{ts,mjs}'];
/** A test may name what there is not. */
const isTest = /\.test\.(ts|mjs)$|^tools\/(doc-|check-)/;

const eventName = /(?<=')[a-z-]+\.[a-z-]+(?=')/g;
const eventList = 'packages/session/src/events.ts';
const variable = /\bLATCHKEY_[A-Z_]+\b/g;

/** Environment variables that the code reads against the table of docs/configuration.md. */
export function variableDifferences(root: string, page: string): string[] {
  const inCode = namesIn(filesIn(root, code), variable);
  const table = firstColumn(sectionOf(page, '## Environment variables'));
  const inDocs = table.filter((name) => name.startsWith('LATCHKEY_'));
  return differences(
    { inCode, inDocs },
    'Environment variables of docs/configuration.md',
    'the code',
  );
}

/** The list of events against the tables of docs/events.md, levels included, and against the code that tells of them. */
export function eventDifferences(root: string, page: string): string[] {
  const listed = Object.entries(eventLevels).map(([type, level]) => `${type} (${level})`);
  const rows = [...page.matchAll(/^\| `([a-z-]+\.[a-z-]+)` \| (\w+) \|/gm)];
  const inDocs = rows.map(([, type, level]) => `${type} (${level})`);
  const sources = filesIn(root, ['packages/*/src/**/*.ts']);
  const tellers = sources.filter((file) => file !== join(root, eventList));
  const told = new Set(namesIn(tellers, eventName));
  const untold = Object.keys(eventLevels).filter((type) => !told.has(type));
  return [
    ...differences({ inCode: listed, inDocs }, 'docs/events.md', 'the list of events'),
    ...untold.map((type) => `${eventList} has ${type}, which nothing tells of`),
  ];
}

/** Commands, arguments and options of the command line against docs/cli.md: a heading for each command, a row for each option. */
export function commandDifferences(program: Command, page: string): string[] {
  const leaves = leavesOf(program, program.name());
  const headings = [...page.matchAll(/^## `(latchkey [^`]+)`$/gm)].map((match) => match[1] ?? '');
  const usages = leaves.map(({ usage }) => usage);
  const common = firstColumn(sectionOf(page, '## Options of every command'));
  return [
    ...differences({ inCode: usages, inDocs: headings }, 'docs/cli.md', 'the command'),
    ...leaves.flatMap(({ usage, command }) => {
      const inCode = command.options.map(({ flags }) => flags);
      const inDocs = [...common, ...firstColumn(sectionOf(page, `## \`${usage}\``))];
      return differences({ inCode, inDocs }, `${usage} in docs/cli.md`, 'the command');
    }),
  ];
}

interface Leaf {
  readonly usage: string;
  readonly command: Command;
}

function leavesOf(command: Command, path: string): readonly Leaf[] {
  if (command.commands.length > 0) {
    return command.commands.flatMap((child) => leavesOf(child, `${path} ${child.name()}`));
  }
  const names = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? ` <${name}>` : ` [${name}]`;
  });
  return [{ usage: `${path}${names.join('')}`, command }];
}

function filesIn(root: string, patterns: readonly string[]): readonly string[] {
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !isTest.test(file) && !file.includes('node_modules/'))
    .map((file) => join(root, file));
}

function namesIn(files: readonly string[], name: RegExp): readonly string[] {
  const found = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(name)].map((match) => match[1] ?? match[0]),
  );
  return [...new Set(found)].sort();
}
