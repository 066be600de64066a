import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { type Import, readImports } from './read-imports.ts';

/** Which package may import which; the same list as in ARCHITECTURE.md. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  session: [],
  exposure: [],
  'express-session': ['session'],
  sso: ['session'],
  server: ['session'],
  rails: ['session'],
  testkit: ['session'],
  cli: ['session', 'express-session', 'sso', 'server', 'rails', 'exposure', 'testkit'],
};

/** Tests may also use the contract suites and the fake clock. */
export const testsMayAlsoImport: readonly string[] = ['testkit'];

/** Folders of `packages/session/src`, and which other folders of it each may import. Root files are open to all. */
export const sessionFolders: Readonly<Record<string, readonly string[]>> = {
  cookie: [],
  'session-id': [],
  store: [],
  'session-object': [],
  handshake: [],
  'request-guard': [],
  http: ['session-object'],
  lifecycle: ['cookie', 'session-id', 'session-object', 'request-guard', 'http'],
  'cookie-store': ['cookie', 'session-id', 'session-object', 'http', 'lifecycle'],
  answers: ['http'],
  hop: ['cookie', 'session-object', 'handshake', 'request-guard', 'http', 'lifecycle', 'answers'],
  config: ['cookie', 'lifecycle', 'hop'],
  'peer-handshake': [
    'cookie',
    'session-object',
    'handshake',
    'http',
    'lifecycle',
    'answers',
    'hop',
  ],
  app: [
    'cookie',
    'session-id',
    'store',
    'session-object',
    'handshake',
    'http',
    'lifecycle',
    'cookie-store',
    'answers',
    'hop',
    'config',
    'peer-handshake',
  ],
  adapters: ['app', 'answers', 'http', 'session-object'],
};

/** Folders of `packages/session/src/store` that know no server: every store may build on them, they on none. */
export const sharedStoreFolders: readonly string[] = ['compact', 'lease'];

/** Known in `packages/session/src/adapters` alone, and there by their types only. */
export const frameworks: readonly string[] = ['express', 'fastify', 'hono', 'koa', 'next'];
const mayKnowFrameworks: readonly string[] = ['adapters'];

interface Manifest {
  readonly name?: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

/** What breaks a wall, as lines that say where, what and why. Empty when all is well. */
export function checkImports(root: string): string[] {
  const imports = sourceFiles(root).flatMap((file) => readImports(root, file));
  const broken = imports.flatMap((one) => {
    const why = judge(root, one);
    return why === null ? [] : [`${one.file}:${one.line} imports '${one.specifier}': ${why}`];
  });
  return [...broken, ...folderCycles(imports)];
}

function sourceFiles(root: string): string[] {
  const patterns = ['packages/*/src/**/*.ts', 'examples/*/src/**/*.ts', 'e2e/**/*.ts'];
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.includes('node_modules/') && !file.includes('/dist/'))
    .sort();
}

function judge(root: string, one: Import): string | null {
  if (one.specifier.startsWith('.')) return judgeRelative(one);
  if (one.specifier.startsWith('node:')) return null;
  const name = packageName(one.specifier);
  return judgeOwnPackage(one, name) ?? judgeFramework(one, name) ?? judgeDeclared(root, one, name);
}

/** What other packages import; a file of the package itself imports the files behind them. */
const entries = ['index.ts', 'parts.ts'];

function judgeRelative(one: Import): string | null {
  const home = homeOf(one.file);
  const target = resolveRelative(one);
  if (!target.startsWith(`${home}/`)) return `it leaves ${home}; import the package by its name`;
  if (entries.some((name) => target === `${home}/src/${name}`) && !isTest(one.file)) {
    return 'index.ts and parts.ts are for other packages; import the file itself';
  }
  return home === 'packages/session' && !isTest(one.file) ? judgeStage(one, target) : null;
}

function judgeStage(one: Import, target: string): string | null {
  const from = nodeOf(one.file);
  const to = nodeOf(target);
  const allowed = sessionFolders[from];
  if (from === 'store' && to === 'store') return judgeStores(one.file, target);
  if (from.endsWith('.ts') || to.endsWith('.ts') || from === to) return null;
  if (allowed === undefined) return `the folder ${from} is not in sessionFolders of this check`;
  return allowed.includes(to) ? null : `${from}/ may not import ${to}/`;
}

function judgeStores(file: string, target: string): string | null {
  const [from, to] = [file, target].map(
    (path) => path.split('/src/store/')[1]?.split('/')[0] ?? '',
  );
  if (from === to || from === undefined || to === undefined || to.endsWith('.ts')) return null;
  if (!sharedStoreFolders.includes(from) || sharedStoreFolders.includes(to)) return null;
  return `store/${from}/ serves every store and may not import store/${to}/`;
}

function judgeOwnPackage(one: Import, name: string): string | null {
  const target = /^@latchkey\/(.+)$/.exec(name)?.[1];
  const from = /^packages\/([^/]+)/.exec(one.file)?.[1];
  if (target === undefined || from === undefined || target === from) return null;
  const allowed = mayImport[from];
  if (allowed === undefined) return `the package ${from} is not in MAY_IMPORT of this check`;
  if (allowed.includes(target)) return null;
  if (isTest(one.file) && testsMayAlsoImport.includes(target)) return null;
  return `${from} may import ${allowed.length === 0 ? 'nothing of ours' : allowed.join(', ')}`;
}

function judgeFramework(one: Import, name: string): string | null {
  if (homeOf(one.file) !== 'packages/session' || isTest(one.file)) return null;
  if (!frameworks.includes(name)) return null;
  if (!mayKnowFrameworks.includes(nodeOf(one.file))) {
    return 'a framework is known in adapters/ alone';
  }
  return one.kind === 'type' ? null : "an adapter imports its framework's types only";
}

function judgeDeclared(root: string, one: Import, name: string): string | null {
  const own = readManifest(join(root, homeOf(one.file)));
  if (own.name === name) return null;
  const declared = { ...own.dependencies };
  if (one.kind !== 'value' || isTest(one.file)) Object.assign(declared, own.peerDependencies);
  if (one.kind === 'type' || isTest(one.file)) {
    Object.assign(declared, own.devDependencies, readManifest(root).devDependencies);
  }
  const isDeclared = name in declared || typesPackage(name) in declared;
  const isOurTestHelp = isTest(one.file) && name.startsWith('@latchkey/');
  return isDeclared || isOurTestHelp
    ? null
    : `${name} is not in the package.json it needs to be in`;
}

/** Folders (and files at the root of `src`) of one package that import one another in a circle. */
function folderCycles(imports: readonly Import[]): string[] {
  const edges = new Map<string, Set<string>>();
  for (const one of imports) {
    if (!one.specifier.startsWith('.') || isTest(one.file)) continue;
    const from = `${homeOf(one.file)}/src/${nodeOf(one.file)}`;
    const target = resolveRelative(one);
    const to = `${homeOf(target)}/src/${nodeOf(target)}`;
    if (from !== to) edges.set(from, (edges.get(from) ?? new Set()).add(to));
  }
  return findCycles(edges).map((cycle) => `import cycle: ${cycle.join(' -> ')}`);
}

function findCycles(edges: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const cycles: string[][] = [];
  const finished = new Set<string>();
  const visit = (node: string, path: readonly string[]): void => {
    const start = path.indexOf(node);
    if (start >= 0) cycles.push([...path.slice(start), node]);
    if (start >= 0 || finished.has(node)) return;
    for (const next of edges.get(node) ?? []) visit(next, [...path, node]);
    finished.add(node);
  };
  for (const node of edges.keys()) visit(node, []);
  return cycles;
}

/** `packages/session`, `examples/shop` or `e2e`. */
function homeOf(file: string): string {
  return /^(?:packages|examples)\/[^/]+|^[^/]+/.exec(file)?.[0] ?? '';
}

/** The first folder below `src`, or the file itself when it lies in `src`. */
function nodeOf(file: string): string {
  const inside = file.slice(homeOf(file).length + 1).replace(/^src\//, '');
  return inside.split('/')[0] ?? '';
}

function resolveRelative(one: Import): string {
  return posix.join(dirname(one.file), one.specifier);
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts') || !file.startsWith('packages/');
}

function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function typesPackage(name: string): string {
  return `@types/${name.replace(/^@(.+)\/(.+)$/, '$1__$2')}`;
}

function readManifest(folder: string): Manifest {
  const file = join(folder, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : {};
}

if (import.meta.main) {
  const broken = checkImports(process.cwd());
  for (const line of broken) console.error(line);
  console.log(broken.length === 0 ? 'All walls stand.' : `${broken.length} imports to mend.`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}
