import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';

type Manifest = Record<string, unknown> & {
  readonly name: string;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** Only the repository runs from source: the condition names files that are not published. */
const sourceCondition = 'latchkey-source';

/**
 * Packs every package as it is published, or those of a folder `only` names, into `out`; the tarballs. Builds first. What is
 * in `dist` without a source is of an older build and stays out. Rejects where npm, the compiler or the bundler does.
 */
export async function packAll(root: string, out: string, only = '*'): Promise<readonly string[]> {
  run('tsc', ['-b', '--pretty', 'false'], root);
  mkdirSync(out, { recursive: true });
  const tarballs: string[] = [];
  for (const folder of globSync(`packages/${only}`, { cwd: root }).sort()) {
    tarballs.push(await pack(join(root, folder), join(root, 'LICENSE'), out));
  }
  return tarballs;
}

async function pack(folder: string, license: string, out: string): Promise<string> {
  const manifest = readManifest(folder);
  const staged = join(out, manifest.name.replace('/', '-'));
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(staged, { recursive: true });
  for (const name of [...(manifest.files ?? []), 'README.md']) {
    if (name === 'dist') copyTypes(folder, staged);
    else cpSync(join(folder, name), join(staged, name), { recursive: true });
  }
  await bundle(join(folder, 'dist'), entriesOf(manifest), join(staged, 'dist'));
  cpSync(license, join(staged, 'LICENSE'));
  writeFileSync(join(staged, 'package.json'), JSON.stringify(published(manifest), null, 2));
  const said = run('npm', ['pack', '--json', '--pack-destination', out], staged);
  const [{ filename }] = JSON.parse(said) as [{ filename: string }];
  return join(out, filename);
}

/** The files that can be imported, below `dist`. */
function entriesOf({ exports = {} }: Manifest): readonly string[] {
  return Object.values(exports).map(({ default: file = '' }) => file.replace('./dist/', ''));
}

/** The manifest as others see it. */
export function published({ devDependencies: _unpublished, ...manifest }: Manifest): Manifest {
  const entries = Object.entries(manifest.exports ?? {}).map(([subpath, conditions]) => {
    const { [sourceCondition]: _source, ...rest } = conditions;
    return [subpath, rest] as const;
  });
  const root = entries.find(([subpath]) => subpath === '.')?.[1];
  return {
    ...manifest,
    ...(root !== undefined && { main: root['default'], types: root['types'] }),
    exports: Object.fromEntries(entries),
    typesVersions: { '*': typesBySubpath(entries) },
  };
}

/** Where compilers that do not read `exports` (`moduleResolution` `node10`, the default of `module: commonjs`) look. */
function typesBySubpath(
  entries: readonly (readonly [string, Readonly<Record<string, string>>])[],
): Readonly<Record<string, readonly string[]>> {
  const below = entries.filter(([subpath]) => subpath !== '.');
  return Object.fromEntries(below.map(([subpath, { types = '' }]) => [subpath.slice(2), [types]]));
}

function copyTypes(folder: string, staged: string): void {
  for (const file of globSync('dist/**/*.d.ts', { cwd: folder })) {
    const source = file.replace(/^dist/, 'src').replace(/\.d\.ts$/, '.ts');
    if (!existsSync(join(folder, source))) continue;
    mkdirSync(dirname(join(staged, file)), { recursive: true });
    writeFileSync(join(staged, file), portableTypes(readFileSync(join(folder, file), 'utf8')));
  }
}

/** Maps stay out: they point to sources that are not there. */
function withoutMap(text: string): string {
  return text.replace(/\n\/\/# sourceMappingURL=.*/, '');
}

/** The compiler leaves `.ts` in the paths of declarations, which its own versions before 5 refuse. */
function portableTypes(text: string): string {
  return withoutMap(text).replace(
    /((?:from |import\(|import |module )'\.{1,2}\/[^'\n]+)\.ts'/g,
    "$1.js'",
  );
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function run(file: string, args: readonly string[], cwd: string): string {
  return execFileSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = join(import.meta.dirname, '..');
  for (const tarball of await packAll(root, join(root, 'packed'))) console.log(tarball);
}
