import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorkplace, type Workplace } from '../test/command.ts';

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
  ]);
  const again = await place.run(['doctor']);
  expect(again.stdout).toContain('there is no file');
  expect(again.stderr).toBe('latchkey: 4 of 5 findings are bad.\n');
});
