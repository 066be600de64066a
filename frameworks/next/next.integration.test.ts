import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { adapterContract } from '@latchkey/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { ensureInstalled, nodeBinary, root } from '../../tools/ensure-installed.mjs';

const folder = import.meta.dirname;
const environment = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };

/** What Next.js itself does otherwise, however an adapter is written; `docs/adapters/next.md` says so. */
const differs: Readonly<Record<string, RegExp>> = {
  // `request.url` has the host and port that the server was started with.
  'a mounted web handler gets method, URL and body': /app\.kittens\.example:443/,
  // A path that cannot be decoded ends in its router.
  'requests that are no honest ones are answered, and stop nobody else': /%E0%A4%A .*with 500/,
  // The proxy gets its query written anew.
  'a handshake signs in and comes back to the page it began on': /b=\+/,
  // The proxy renews, before anybody knows what is answered behind it; such an answer is no-store, whatever the route says.
  'a renewal of the cookie waits for an answer that no shared cache is asked to keep':
    /latchkey_session=.*Max-Age=86400/,
  'a renewal goes out with what only this browser keeps': /\+ +'no-store'/,
};

/** Why each case failed, or null; by name. */
const outcomes = new Map<string, string | null>();

beforeAll(() => {
  ensureInstalled(folder);
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  execFileSync(tsc, ['-b', 'packages/session', 'packages/testkit', '--pretty', 'false'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const next = join(folder, 'node_modules', 'next', 'dist', 'bin', 'next');
  const run = (...args: readonly string[]): string =>
    execFileSync(nodeBinary(), args, { cwd: folder, env: environment, encoding: 'utf8' });
  run(next, 'build');
  for (const line of run('run-contract.mjs').split('\n')) {
    if (!line.startsWith('{')) continue;
    const { name, error } = JSON.parse(line) as { name: string; error: string | null };
    outcomes.set(name, error);
  }
}, 600_000);

describe('Next.js', () => {
  test('ran the whole adapter contract, and cases of its own', () => {
    for (const { name } of adapterContract) expect([...outcomes.keys()]).toContain(name);
    expect(outcomes.size).toBeGreaterThan(adapterContract.length);
  });

  test('keeps everything but what Next.js itself does otherwise', () => {
    const failed = [...outcomes].filter(([, error]) => error !== null);
    const expected = Object.keys(differs).flatMap((name) => [name, `${name} (slow store)`]);
    expect(failed.map(([name]) => name).sort()).toEqual(expected.sort());
  });

  test.each(Object.entries(differs))('%s: %s', (name, how) => {
    expect(outcomes.get(name)).toMatch(how);
  });
});
