import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocks, type MarkdownPage } from './markdown.ts';

/** The functions that people start with, by their file below `packages/`: each has an `@example`. */
const firstFunctions: Readonly<Record<string, readonly string[]>> = {
  'exposure/src/exposure.ts': ['auditExposure'],
  'express-session/src/index.ts': ['session'],
  'server/src/administration.ts': ['openAdministration'],
  'server/src/login-host.ts': ['createLoginHost'],
  'session/src/adapters/express.ts': ['latchkey', 'sessions', 'requireSignIn', 'csrf'],
  'session/src/adapters/fastify.ts': ['latchkey', 'sessions'],
  'session/src/adapters/hono.ts': ['latchkey', 'sessions'],
  'session/src/adapters/koa.ts': ['latchkey', 'sessions'],
  'session/src/adapters/next.ts': ['latchkey'],
  'session/src/adapters/node.ts': ['latchkey', 'sessions', 'requireSignIn', 'csrf'],
  'session/src/adapters/web.ts': ['latchkey', 'sessions', 'requireSignIn', 'csrf'],
  'session/src/app/app-alone.ts': ['createAppAlone'],
  'session/src/app/app-any-host.ts': ['createAppAnyHost'],
  'session/src/app/family-app.ts': ['createFamilyApp'],
  'session/src/config/define-family.ts': ['defineFamily'],
  'session/src/cookie-store/cookie-store.ts': ['cookieStore'],
  'session/src/event-printer.ts': ['createEventPrinter'],
  'session/src/store/memory.ts': ['createMemoryStore'],
  'session/src/store/open-store.ts': ['openStore'],
  'session/src/store/postgres/postgres.ts': ['createPostgresStore'],
  'session/src/store/redis/redis.ts': ['createRedisStore'],
  'session/src/store/sqlite/sqlite.ts': ['createSqliteStore'],
  'sso/src/client-keys.ts': ['clientSecretFrom'],
  'sso/src/relying-party.ts': ['createRelyingParty'],
  'testkit/src/adapter-contract/contract.ts': ['adapterContract'],
  'testkit/src/sign-in-as.ts': ['signInAs'],
  'testkit/src/store-contract/contract.ts': ['storeContract'],
};

/** How many lines an example may have: it stands in an editor's tooltip. */
const maxLines = 8;

/** The sources that have examples, each as a page of nothing else, with the line numbers of the source. */
export function readExamples(root: string): readonly MarkdownPage[] {
  return globSync('packages/*/src/**/*.ts', { cwd: root, exclude: ['**/*.test.ts'] })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
    .map((file) => ({ file, text: examplesOf(readFileSync(join(root, file), 'utf8')) }))
    .filter(({ text }) => text.trim() !== '');
}

/** The text of a source with everything but the code of its `@example`s blanked out. */
export function examplesOf(source: string): string {
  let isExample = false;
  const lines = source.split('\n').map((line) => {
    const words = /^\s*\* ?(.*)$/.exec(line)?.[1];
    if (words === undefined || words.startsWith('/') || words.startsWith('@')) {
      isExample = words?.startsWith('@example') === true;
      return '';
    }
    return isExample ? words : '';
  });
  return lines.join('\n');
}

/** The functions of the list above that have no example, and examples that are too long. */
export function exampleComplaints(root: string, examples: readonly MarkdownPage[]): string[] {
  const missing = Object.entries(firstFunctions).flatMap(([path, names]) => {
    const file = `packages/${path}`;
    const source = readFileSync(join(root, file), 'utf8');
    return names
      .filter((name) => !hasExample(source, name))
      .map((name) => `${file}: ${name} has no @example`);
  });
  const long = examples.flatMap(({ file, text }) =>
    codeBlocks(text)
      .filter(({ code }) => code.split('\n').length > maxLines)
      .map(({ line }) => `${file}:${line} an example has more than ${maxLines} lines`),
  );
  return [...missing, ...long];
}

/** Whether the comment right above an exported declaration has an example in TypeScript. */
export function hasExample(source: string, name: string): boolean {
  const start = new RegExp(`^export (?:async )?(?:function|const) ${name}\\b`, 'm').exec(source);
  if (start === null) return false;
  const above = source.slice(0, start.index).trimEnd();
  const comment = above.endsWith('*/') ? above.slice(above.lastIndexOf('/**')) : '';
  return /@example\n \* ```ts\n/.test(comment);
}
