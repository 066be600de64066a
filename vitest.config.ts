import { defineConfig, type ViteUserConfig } from 'vitest/config';

// The first runs our packages from source; the rest are vite's own for Node, which naming any condition replaces.
const exportConditions = ['latchkey-source', 'module', 'node', 'development|production'];
const slowSuffixes = ['**/*.integration.test.ts', '**/*.e2e.test.ts'];
/** Tests that open databases of one kind: files, the locks of files, the bridge to SQLite, servers of their own. */
const aboutOneDatabase = [
  'packages/server/src/database/{full-file,locked-file,open-database,open-postgres,sqlite-dialect}*.test.ts',
  'packages/server/src/sign-out/locked-database.integration.test.ts',
];
const neverTests = ['**/node_modules/**', '**/dist/**'];

const config: ViteUserConfig = defineConfig({
  // Both are needed: vitest resolves test code by the ssr conditions and its own files by the others.
  resolve: { conditions: exportConditions },
  ssr: { resolve: { conditions: exportConditions } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'packages/**/src/**/*.test.ts',
            'examples/**/src/**/*.test.ts',
            'tools/**/*.test.{ts,mjs}',
            'bench/src/**/*.test.ts',
            'site/src/**/*.test.ts',
          ],
          exclude: [...neverTests, ...slowSuffixes],
          // Unit tests hold no module-level state, so one module graph serves all: six times faster.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['**/*.integration.test.ts'],
          exclude: [...neverTests, 'bench/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          // What `unit` and `integration` show of the server on SQLite, on a real Postgres.
          name: 'server-on-postgres',
          include: ['packages/server/src/**/*.test.ts'],
          exclude: [...neverTests, ...aboutOneDatabase],
          globalSetup: 'packages/server/test/on-postgres.ts',
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['e2e/**/*.e2e.test.ts'],
          exclude: neverTests,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});

export default config;
