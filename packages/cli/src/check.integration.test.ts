import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openAdministration } from '@latchkey/server/administration';
import { defineFamily, type Family } from '@latchkey/session';
import { startPostgresServer, type TestPostgresServer } from '@latchkey/testkit';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createWorkplace, type Workplace } from '../test/command.ts';
import { check } from './check.ts';
import { diagnosis } from './doctor.ts';

const newer = '9999-from-the-future';

function familyIn(database: string, store: string): Family {
  return defineFamily({
    name: 'Kittens',
    loginHost: 'https://login.kittens.example',
    store,
    database,
    apps: { shop: { origin: 'https://shop.kittens.example' } },
  });
}

/** What the first start of a login host does. */
async function makeTables(family: Family): Promise<void> {
  const administration = await openAdministration({ family });
  await administration.close();
}

interface Look {
  readonly of: Readonly<Record<string, unknown>>;
  /** As text and as JSON. */
  readonly said: string;
}

async function look(family: Family): Promise<Look> {
  const findings = await check({ family, now: Date.now });
  const { json, text } = diagnosis(findings);
  const of = Object.fromEntries(findings.map((finding) => [finding.about, finding]));
  return { of, said: `${text}${JSON.stringify(json)}` };
}

describe('an SQLite database', () => {
  let place: Workplace;
  let family: Family;
  beforeEach(async () => {
    place = await createWorkplace();
    family = inFile('latchkey.db');
  });
  afterEach(() => place.remove());

  const inFile = (name: string): Family =>
    familyIn(`sqlite:${join(place.folder, name)}`, `sqlite:${join(place.folder, 'sessions.db')}`);
  const change = (statement: string): void => {
    const database = new DatabaseSync(join(place.folder, 'latchkey.db'));
    database.exec(statement);
    database.close();
  };

  test('that is not there is bad, and is not made by looking', async () => {
    expect((await look(family)).of).toMatchObject({
      config: { state: 'good' },
      store: { state: 'bad', words: expect.stringContaining('sessions.db') },
      database: { state: 'bad', words: expect.stringContaining('latchkey.db') },
    });
    expect(existsSync(join(place.folder, 'latchkey.db'))).toBe(false);
  });

  test('that a login host has made is up to date; what is pending is said and not applied', async () => {
    await makeTables(family);
    const { of } = await look(family);
    expect(of['database']).toEqual({
      about: 'database',
      state: 'good',
      words: 'up to date',
      pending: [],
      unknown: [],
    });
    change('delete from migrations');
    const behind = { state: 'good', pending: ['0001-first'] };
    expect((await look(family)).of['database']).toMatchObject(behind);
    expect((await look(family)).of['database']).toMatchObject(behind);
  });

  test('that a newer release has changed is bad, and so is a file without tables or of another kind', async () => {
    await makeTables(family);
    change(`insert into migrations (name, timestamp) values ('${newer}', '2100')`);
    const { of } = await look(family);
    expect(of['database']).toMatchObject({ state: 'bad', pending: [], unknown: [newer] });
    writeFileSync(join(place.folder, 'empty.db'), '');
    const empty = await look(inFile('empty.db'));
    expect(empty.of['database']).toMatchObject({ state: 'bad', pending: ['0001-first'] });
    writeFileSync(join(place.folder, 'letter.db'), 'Dear Ada, this is no database. '.repeat(50));
    const letter = await look(inFile('letter.db'));
    expect(letter.of['database']).toMatchObject({
      state: 'bad',
      words: expect.stringContaining('file is not a database'),
    });
  });

  test('latchkey check prints a line for each and ends with 0, 1 and 2', async () => {
    const bad = await place.run(['check', '--json']);
    expect([bad.exitCode, JSON.parse(bad.stderr).error.code]).toEqual([1, 'family_unwell']);
    expect(JSON.parse(bad.stdout)).toMatchObject([
      { about: 'config', state: 'good' },
      { about: 'secrets', state: 'good' },
      { about: 'store', state: 'bad' },
      { about: 'database', state: 'bad' },
    ]);
    const data = (name: string): string => `sqlite:${join(place.folder, 'data', name)}`;
    await makeTables(familyIn(data('latchkey.db'), data('sessions.db')));
    new DatabaseSync(join(place.folder, 'data/sessions.db')).close();
    const good = await place.run(['check']);
    expect([good.exitCode, good.stderr]).toEqual([0, '']);
    expect(good.stdout).toMatch(/^database +good +up to date$/m);
    place.write('latchkey.config.ts', 'export default 1;');
    expect((await place.run(['check'])).exitCode).toBe(2);
  });
});

describe('a Postgres database', () => {
  let server: TestPostgresServer;
  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server.stop());

  const ask = async (name: string, statement: string): Promise<unknown[]> => {
    const client = new pg.Client(urlOf(name));
    await client.connect();
    const { rows } = await client.query(statement);
    await client.end();
    return rows;
  };
  const urlOf = (name: string): string => server.url.replace(/postgres$/, name);

  test('is missing, empty, up to date and then newer, and looking changes nothing', async () => {
    const family = familyIn(urlOf('family'), urlOf('family'));
    const missing = await look(family);
    expect(missing.of).toMatchObject({
      store: { state: 'bad' },
      database: { state: 'bad', words: expect.stringContaining('"family" does not exist') },
    });
    await ask('postgres', 'create database family');
    const empty = await look(family);
    expect(empty.of).toMatchObject({
      store: { state: 'good' },
      database: { state: 'bad', pending: ['0001-first'], unknown: [] },
    });
    const schemas = "select 1 from pg_namespace where nspname = 'latchkey'";
    expect(await ask('family', schemas)).toEqual([]);
    await makeTables(family);
    const ready = await look(family);
    expect(ready.of['database']).toMatchObject({ state: 'good', words: 'up to date' });
    await ask('family', `insert into latchkey.migrations values ('${newer}', '2100')`);
    const ahead = await look(family);
    expect(ahead.of['database']).toMatchObject({ state: 'bad', pending: [], unknown: [newer] });
    const said = [missing, empty, ready, ahead].map((one) => one.said).join('\n');
    expect(said).not.toContain(server.password);
  });

  test('is told from a store that is down; no password is printed, right or wrong', async () => {
    await ask('postgres', 'create database apart');
    const url = urlOf('apart');
    await makeTables(familyIn(url, url));
    const storeDown = await look(familyIn(url, url.replace(/@[^/]*/, '@127.0.0.1:1')));
    expect(storeDown.of).toMatchObject({ store: { state: 'bad' }, database: { state: 'good' } });
    const refused = await look(familyIn(url.replace(/:[^:@]*@/, ':hush-hush@'), url));
    expect(refused.of).toMatchObject({ store: { state: 'good' }, database: { state: 'bad' } });
    const said = storeDown.said + refused.said;
    expect(said).not.toContain('hush-hush');
    expect(said).not.toContain(server.password);
  });
});
