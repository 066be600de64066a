import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packAll } from './pack.ts';

/** The folder of the repository. */
export const root: string = join(import.meta.dirname, '..');

/** The folders of `packages/`. */
export const packageNames: readonly string[] = readdirSync(join(root, 'packages')).sort();

/** Frameworks and clients that the subpaths know by their types; an app brings its own. */
const peers = ['@redis/client', '@types/express', '@types/koa', '@types/node', 'pg'];
const frameworks = ['express', 'fastify', 'hono', 'koa'];

/** An empty project outside the repository in which the packed packages are installed. */
export interface PackedProject {
  readonly folder: string;
  /** By folder of `packages/`. */
  readonly tarballs: ReadonlyMap<string, string>;
  /** Writes a file of the project; the whole path. */
  write(file: string, content: string | object): string;
  remove(): void;
}

/** Packs, and installs what was packed together with the frameworks and `more`. Rejects where that fails. */
export async function createPackedProject(more: readonly string[] = []): Promise<PackedProject> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-consumer-'));
  const write = (file: string, content: string | object): string => {
    const path = join(folder, file);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const packed = await packAll(root, join(folder, 'packed'));
  write('package.json', { name: 'consumer', private: true, type: 'module' });
  const others = [...peers, ...frameworks, ...more].map((name) => `${name}@${versionHere(name)}`);
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packed, ...others];
  execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return {
    folder,
    tarballs: new Map(packageNames.map((name, index) => [name, packed[index] ?? ''])),
    write,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function versionHere(name: string): string {
  const file = join(root, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
