import { expect, test } from 'vitest';
import { failureOf } from './failure.ts';
import { createPostgresStore, type PostgresStoreOptions } from './postgres.ts';

test('options that contradict themselves or are out of bounds are refused', async () => {
  const url = 'postgres://127.0.0.1:1/db';
  const pool = { connect: () => Promise.reject(new Error('not reached')) };
  const wrong: PostgresStoreOptions[] = [
    {},
    { url, pool },
    { url, prefix: '' },
    { url, prefix: 'latchkey:' },
    { url, prefix: 'a"; drop table x; --' },
    { url, prefix: 'x'.repeat(41) },
    { url, schema: 'Public' },
    { url, schema: 'a.b' },
    { url, timeoutMilliseconds: 49 },
    { url, timeoutMilliseconds: 60_001 },
    { url: 'postgres://host:port' },
    { url: `${url}?sslrootcert=/no/such/file.pem` },
  ];
  for (const options of wrong) {
    await expect(createPostgresStore(options)).rejects.toMatchObject({ code: 'option_invalid' });
  }
});

test('an error is sorted by what it says about the call', () => {
  const reply = (code: string): Error =>
    Object.assign(new Error('from the server'), { code, severity: 'ERROR' });
  expect(failureOf(reply('40001'))).toBe('conflict');
  expect(failureOf(reply('25006'))).toBe('elsewhere');
  expect(failureOf(reply('42P01'))).toBe('tables-gone');
  expect(failureOf(reply('57P01'))).toBe('unknown');
  expect(failureOf(reply('08006'))).toBe('unknown');
  expect(failureOf(reply('28P01'))).toBe('final');
  // Of Node, though it looks like a SQLSTATE.
  expect(failureOf(Object.assign(new Error('broken pipe'), { code: 'EPIPE' }))).toBe('unknown');
  expect(failureOf('no error at all')).toBe('unknown');
});

test('a pool that cannot connect rejects calls in time, and only those', async () => {
  let asked = 0;
  const pool = {
    connect() {
      asked += 1;
      return Promise.reject(new Error('connection refused'));
    },
  };
  const store = await createPostgresStore({ pool, timeoutMilliseconds: 60 });
  await expect(store.ping()).rejects.toMatchObject({
    code: 'store_unavailable',
    cause: expect.objectContaining({ message: 'connection refused' }),
  });
  expect(asked).toBeGreaterThan(0);
  await store.close();
});
