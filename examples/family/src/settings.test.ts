import { expect, test } from 'vitest';
import { readSettings } from './settings.ts';

test('without variables the family has port 4000 and the folder .latchkey of the repository', () => {
  const { basePort, dataFolder, store } = readSettings({});
  expect(basePort).toBe(4000);
  expect(dataFolder).toBe(new URL('../../../.latchkey', import.meta.url).pathname);
  expect(store).toBe(`sqlite:${dataFolder}/sessions.db`);
});

test('the variables move ports, folder and store', () => {
  const settings = readSettings({
    LATCHKEY_BASE_PORT: '7100',
    LATCHKEY_DATA: '/tmp/family',
    LATCHKEY_STORE: 'redis://127.0.0.1:6379/0',
  });
  expect(settings).toEqual({
    basePort: 7100,
    dataFolder: '/tmp/family',
    store: 'redis://127.0.0.1:6379/0',
  });
});

test('a base port without room for five ports is refused', () => {
  for (const port of ['0', '65532', '70000', '-1', '4e3', ' 4000', 'http']) {
    expect(() => readSettings({ LATCHKEY_BASE_PORT: port })).toThrow(/LATCHKEY_BASE_PORT must be/);
  }
});

test('a store that processes cannot share is refused', () => {
  expect(() => readSettings({ LATCHKEY_STORE: 'memory:' })).toThrow(/must share the store/);
});
