import { afterAll, beforeAll, expect, test } from 'vitest';
import { configText, createWorkplace, type Workplace } from '../test/command.ts';

let place: Workplace;
beforeAll(async () => {
  place = await createWorkplace();
});
afterAll(() => place.remove());

test('a family that does not run is unwell, and is not made to exist by looking', async () => {
  const ended = await place.run(['doctor', '--json']);
  expect(ended.exitCode).toBe(1);
  expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: 'family_unwell' } });
  expect(JSON.parse(ended.stdout)).toMatchObject([
    { about: 'secrets', state: 'good' },
    { about: 'store', state: 'bad' },
    { about: `http://login.kittens.localhost:${place.port}`, state: 'bad' },
    { about: 'https://shop.kittens.example', state: 'bad' },
    { about: 'https://wiki.example', state: 'bad' },
    { about: 'logout address of wiki', state: 'unknown' },
  ]);
  const again = await place.run(['doctor']);
  expect(again.stdout).toContain('there is no file');
  expect(again.stderr).toBe('latchkey: 4 of 6 findings are bad.\n');
});

test('an internal logout address is bad until --allow-range names its network', async () => {
  const config = configText(place.port).replaceAll('https://wiki.example', 'https://10.2.3.4');
  place.write('internal.ts', config);
  const look = async (...more: readonly string[]): Promise<unknown[]> => {
    const args = ['doctor', '--config', 'internal.ts', '--json', ...more];
    const findings: { about: string }[] = JSON.parse((await place.run(args)).stdout);
    return findings.filter(({ about }) => about === 'logout address of wiki');
  };
  expect(await look()).toMatchObject([
    { state: 'bad', change: expect.stringContaining('latchkey serve --allow-range') },
  ]);
  expect(await look('--allow-range', '10.2.0.0/16')).toEqual([]);
});
