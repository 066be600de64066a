import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkMainFiles } from './main-files.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly type?: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** What `@latchkey/session` may depend on at run time: it runs in every app. */
const sessionDependencies = ['cookie', 'tldts'];

/** How many names `@latchkey/session` promises to users; what packages of ours need besides is in `packages/session/src/parts.ts`. */
const maxSessionNames = 45;

/** How long the entry of a framework adapter may be: it translates, and leaves the way into an app to `packages/session/src/adapters/enter-app.ts`. */
const maxAdapterLines = 120;

/** The conditions of every entry in `exports`, in the order in which they are tried. */
const exportConditions = ['latchkey-source', 'types', 'default'];

/** What is wrong with the shape of the packages and examples. Empty when all is well. */
export function checkPackages(root: string): string[] {
  const { version } = readManifest(root);
  const folders = globSync('{packages,examples}/*', { cwd: root }).sort();
  return folders.flatMap((folder) => checkFolder(root, folder, version));
}

function checkFolder(root: string, folder: string, version: string): string[] {
  const expected = ['package.json', 'tsconfig.json', 'README.md'];
  const missing = expected.filter((file) => !existsSync(join(root, folder, file)));
  if (missing.length > 0) return missing.map((file) => `${folder} has no ${file}`);
  const manifest = readManifest(join(root, folder));
  const wrong: string[] = [];
  if (manifest.version !== version) wrong.push(`version is not ${version}`);
  if (manifest.license !== 'Apache-2.0') wrong.push('license is not Apache-2.0');
  if (manifest.type !== 'module') wrong.push('type is not module');
  for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
    if (name.startsWith('@latchkey/') && range !== version) wrong.push(`${name} is not ${version}`);
  }
  wrong.push(...wrongEntries(manifest), ...wrongDependencies(manifest));
  wrong.push(...longAdapters(manifest, join(root, folder)));
  if (manifest.name === '@latchkey/session') wrong.push(...tooManyNames(join(root, folder)));
  return wrong.map((why) => `${folder}/package.json: ${why}`);
}

function wrongEntries(manifest: Manifest): string[] {
  return Object.entries(manifest.exports ?? {}).flatMap(([subpath, conditions]) => {
    const isInOrder = Object.keys(conditions).join() === exportConditions.join();
    return isInOrder
      ? []
      : [`exports of ${subpath} are not ${exportConditions.join(', ')} in this order`];
  });
}

function wrongDependencies(manifest: Manifest): string[] {
  if (manifest.name !== '@latchkey/session') return [];
  const extra = Object.keys(manifest.dependencies ?? {}).filter(
    (name) => !sessionDependencies.includes(name),
  );
  return extra.map((name) => `session may not depend on ${name}`);
}

function longAdapters({ exports = {} }: Manifest, folder: string): string[] {
  const entries = Object.values(exports).flatMap(
    (conditions) => conditions['latchkey-source'] ?? [],
  );
  return entries.flatMap((entry) => {
    const file = join(folder, entry);
    if (!entry.startsWith('./src/adapters/') || !existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').length;
    return lines <= maxAdapterLines
      ? []
      : [`${entry} has ${lines} lines, at most ${maxAdapterLines} are meant for an adapter`];
  });
}

function tooManyNames(folder: string): string[] {
  const file = join(folder, 'src/index.ts');
  if (!existsSync(file)) return [];
  const lists = readFileSync(file, 'utf8').matchAll(/^export (?:type )?\{([^}]*)\}/gm);
  const names = [...lists].flatMap(([, list = '']) =>
    list.split(',').filter((name) => name.trim()),
  );
  return names.length <= maxSessionNames
    ? []
    : [`src/index.ts exports ${names.length} names, at most ${maxSessionNames} are meant`];
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

if (import.meta.main) {
  const wrong = [...checkPackages(process.cwd()), ...checkMainFiles(process.cwd())];
  for (const line of wrong) console.error(line);
  console.log(wrong.length === 0 ? 'All packages have the same shape.' : 'They differ.');
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
