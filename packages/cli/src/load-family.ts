import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Family, LatchkeyError } from '@latchkey/session';
import { redact } from '@latchkey/session/parts';
import type { CliErrorCode } from './errors.ts';
import { codeOf } from './exit-code.ts';

/** What is looked for, in this order, when no path is given. */
export const configNames: readonly string[] = [
  'latchkey.config.ts',
  'latchkey.config.mts',
  'latchkey.config.cts',
  'latchkey.config.js',
  'latchkey.config.mjs',
  'latchkey.config.cjs',
];

/** What Node says of TypeScript that it cannot run, and what to do. */
const typeScriptAdvice: Readonly<Record<string, string>> = {
  ERR_UNKNOWN_FILE_EXTENSION:
    'This Node does not read TypeScript. Node 22.18 and later do, unless it is switched off. Or write the config as latchkey.config.mjs.',
  ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX:
    'Node reads TypeScript by leaving the types out: write the config without enum, namespace and parameter properties.',
  ERR_INVALID_TYPESCRIPT_SYNTAX: 'It is not valid TypeScript.',
  ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING:
    'Node reads no TypeScript inside node_modules. Keep the config in your own project.',
};

/** What Node says where `import` or `export` stands in a file that it takes for CommonJS. */
const esmInCommonJs = /outside a module|Unexpected token 'export'|Cannot use import statement/;

/**
 * Loads the family: the default export of a config file. From then on the process works in the folder of that file, so
 * relative paths in the config mean the same wherever the command is called. Throws `config_not_found`,
 * `config_unreadable`, `config_not_family`, and what `defineFamily` throws.
 */
export async function loadFamily(path: string | undefined): Promise<Family> {
  const file = findConfig(path);
  process.chdir(dirname(file));
  const loaded = await importConfig(file);
  const family = defaultOf(loaded);
  if (isFamily(family)) return family;
  throw new LatchkeyError<CliErrorCode>(
    'config_not_family',
    `${file} must have what defineFamily gives as its default export: export default defineFamily({ ... }), or in CommonJS module.exports = defineFamily({ ... }).`,
  );
}

function findConfig(path: string | undefined): string {
  const candidates = (path === undefined ? configNames : [path]).map((name) => resolve(name));
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found !== undefined) return found;
  throw new LatchkeyError<CliErrorCode>(
    'config_not_found',
    path === undefined
      ? `There is no ${configNames[0]} in ${process.cwd()}. Go to its folder or name it with --config.`
      : `There is no file ${candidates[0]}.`,
  );
}

/** Compilers write the default export of an ES module into `exports.default`, which Node has as a member of the default. */
function defaultOf(loaded: unknown): unknown {
  const first = (loaded as { readonly default?: unknown }).default;
  const inner = (first as { readonly default?: unknown } | null | undefined)?.default;
  return isFamily(first) ? first : (inner ?? first);
}

async function importConfig(file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (codeOf(error) !== null) throw error;
    throw new LatchkeyError<CliErrorCode>(
      'config_unreadable',
      `${file} cannot be loaded. ${adviceFor(error, file)}`,
      { cause: error },
    );
  }
}

function adviceFor(error: unknown, file: string): string {
  if (!(error instanceof Error)) return 'It threw something that is no error.';
  if (error.name === 'SyntaxError' && esmInCommonJs.test(error.message)) {
    const other = file.replace(/\.[cm]?(ts|js)$/, '.m$1');
    return `It has import or export, and its package.json says "type": "commonjs". Name it ${basename(other)}, or write module.exports = defineFamily({ ... }) and require().`;
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const advice = typeScriptAdvice[code];
  return advice ?? `${error.name}: ${redact(error.message)}`;
}

/** By its shape: the config may have another copy of the package. */
function isFamily(value: unknown): value is Family {
  if (typeof value !== 'object' || value === null) return false;
  const { apps, loginHost, secrets } = value as Partial<Family>;
  return apps instanceof Map && typeof loginHost?.origin === 'string' && Array.isArray(secrets);
}
