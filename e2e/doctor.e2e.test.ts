import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DevelopmentFamily, repository, startDevelopmentFamily } from './family.ts';

let family: DevelopmentFamily;
beforeAll(async () => {
  family = await startDevelopmentFamily();
});
afterAll(() => family.stop());

/** `latchkey doctor` as somebody beside the running family calls it: without its secret. */
async function doctor(): Promise<{ exitCode: number | null; states: readonly unknown[] }> {
  const config = 'examples/family/src/latchkey.config.ts';
  const args = ['packages/cli/bin/latchkey.mjs', 'doctor', '--json', '--config', config];
  const child = spawn(process.execPath, args, {
    cwd: repository,
    env: {
      ...process.env,
      LATCHKEY_BASE_PORT: String(family.basePort),
      LATCHKEY_DATA: family.dataFolder,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [stdout] = await Promise.all([text(child.stdout), once(child, 'close')]);
  const findings = JSON.parse(stdout) as readonly { about: string; state: string }[];
  return { exitCode: child.exitCode, states: findings.map(({ about, state }) => [about, state]) };
}

test('the development family is well, and an app that is killed is named', async () => {
  const states = (shop: string): readonly unknown[] => [
    ['secrets', 'unknown'],
    ['store', 'good'],
    [family.origin('login'), 'good'],
    [family.origin('shop'), shop],
    [family.origin('blog'), 'good'],
    [family.origin('toys'), 'good'],
    [family.origin('wiki'), 'good'],
  ];
  expect(await doctor()).toEqual({ exitCode: 0, states: states('good') });
  await family.kill('shop');
  expect(await doctor()).toEqual({ exitCode: 1, states: states('bad') });
});
