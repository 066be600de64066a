import { join } from 'node:path';

/** @type {import('next').NextConfig} */
export default {
  serverExternalPackages: ['@latchkey/session', '@latchkey/testkit'],
  // The pages of the adapter contract are those of the other adapters' tests.
  turbopack: { root: join(import.meta.dirname, '../..') },
  // The types are those of the repository, checked there.
  typescript: { ignoreBuildErrors: true },
};
