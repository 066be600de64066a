import { randomBytes } from 'node:crypto';
import type { LatchkeyEvent } from '@latchkey/session';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestDatabase } from '../../test/databases.ts';
import type { OpenDatabase } from '../database/open-database.ts';
import { deriveProviderKeys } from './keys.ts';
import { loadSigningKeys, type SigningKeysOptions } from './signing-keys.ts';

let database: OpenDatabase;
let events: LatchkeyEvent[];

beforeEach(async () => {
  database = await openTestDatabase();
  events = [];
});
afterEach(() => database.close());

function under(...secrets: string[]): SigningKeysOptions {
  const { sealing } = deriveProviderKeys(secrets);
  const onEvent = (event: LatchkeyEvent): void => void events.push(event);
  return { db: database.db, sealing, platform: { now: () => 1, randomBytes, onEvent } };
}

const rows = () => database.db.selectFrom('signing_keys').selectAll().orderBy('kid').execute();

test('the first start makes one RS256 key of 2048 bits and one ES256 key, later ones use them', async () => {
  const first = await loadSigningKeys(under('secret-one'));
  expect(first.map(({ alg }) => alg).sort()).toEqual(['ES256', 'RS256']);
  const rsa = first.find(({ alg }) => alg === 'RS256');
  expect(Buffer.from(rsa?.n ?? '', 'base64url').length * 8).toBe(2048);
  expect(await loadSigningKeys(under('secret-one'))).toEqual(first);
});

test('keys are sealed in the database', async () => {
  const [key] = await loadSigningKeys(under('secret-one'));
  const dump = JSON.stringify(await rows());
  expect(dump).not.toContain(key.d);
  expect(dump).not.toContain('"kty"');
});

test('login hosts that start at once agree on the keys', async () => {
  const sets = await Promise.all([1, 2, 3].map(() => loadSigningKeys(under('secret-one'))));
  expect(sets[1]).toEqual(sets[0]);
  expect(sets[2]).toEqual(sets[0]);
  expect(await rows()).toHaveLength(2);
});

test('keys sealed under an older secret open while both are there, and are sealed anew', async () => {
  const before = await loadSigningKeys(under('secret-one'));
  expect(await loadSigningKeys(under('secret-two', 'secret-one'))).toEqual(before);
  expect(await loadSigningKeys(under('secret-two'))).toEqual(before);
});

test('a wrong secret opens nothing: new keys are made beside the old ones, and an event says so', async () => {
  const before = await loadSigningKeys(under('secret-one'));
  const after = await loadSigningKeys(under('another'));
  expect(after.map(({ kid }) => kid)).not.toEqual(before.map(({ kid }) => kid));
  expect(events.map(({ type }) => type)).toContain('provider.signing-key-unreadable');
  expect(await rows()).toHaveLength(4);
});

test('a key moved to another row does not open', async () => {
  await loadSigningKeys(under('secret-one'));
  const [one, two] = await rows();
  await database.db
    .updateTable('signing_keys')
    .set({ sealed_jwk: two?.sealed_jwk ?? '' })
    .where('kid', '=', one?.kid ?? '')
    .execute();
  const keys = await loadSigningKeys(under('secret-one'));
  expect(keys.map(({ kid }) => kid)).not.toContain(one?.kid);
});

test('no secret is no start', () => {
  expect(() => deriveProviderKeys([])).toThrow('secret');
});
