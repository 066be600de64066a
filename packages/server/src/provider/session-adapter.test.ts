import { randomBytes } from 'node:crypto';
import { openStore, type SessionStore } from '@latchkey/session';
import type { Adapter } from 'oidc-provider';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestDatabase } from '../../test/databases.ts';
import { realms } from '../../test/realm.ts';
import { noRules } from '../access/access-rules.ts';
import type { OpenDatabase } from '../database/open-database.ts';
import { createSignIns, type SignIns } from '../sign-in/sign-ins.ts';
import { createEndings } from '../sign-out/end-sign-in.ts';
import { createRecordAdapter, type RecordAdapterDeps } from './record-adapter.ts';
import { createSessionAdapter } from './session-adapter.ts';

const account = '11111111-1111-4111-8111-111111111111';
const other = '22222222-2222-4222-8222-222222222222';
const signInId = '33333333-3333-4333-8333-333333333333';

let database: OpenDatabase;
let store: SessionStore;
let clock: number;
let deps: RecordAdapterDeps;
let signIns: SignIns;
let sessions: Adapter;

beforeEach(async () => {
  clock = 1_000_000;
  database = await openTestDatabase();
  store = await openStore('memory:');
  const { db } = database;
  const now = (): number => clock;
  signIns = createSignIns({ db, now, rules: noRules });
  const overviewOf = (id: string) => signIns.overviewIn(db, id);
  deps = { db, signIns, now, overviewOf };
  sessions = createSessionAdapter({ signIns, overviewOf });
  for (const id of [account, other]) await addAccount(id);
  await addSignIn(signInId, account);
});
afterEach(async () => {
  await store.close();
  await database.close();
});

async function addAccount(id: string): Promise<void> {
  const row = {
    id,
    email: id,
    email_key: id,
    name: 'Ben',
    password_hash: null,
    state: 'active',
  } as const;
  await database.db
    .insertInto('accounts')
    .values({ ...row, epoch: 1, administrator: 0, created_at: 0 })
    .execute();
  await database.db
    .insertInto('access')
    .values({ account_id: id, app: 'wiki', state: 'granted', granted_until: null, changed_at: 0 })
    .execute();
}

async function addSignIn(id: string, accountId: string, remembered = 0): Promise<void> {
  const row = {
    id,
    slot: id.slice(0, 16),
    account_id: accountId,
    methods: '["pwd"]',
    proved_at: clock,
  } as const;
  const limits = { idle_seconds: 100, absolute_seconds: 1000 };
  const open = { ended_at: null, end_cause: null, enforced_at: null };
  const more = { remembered, created_at: clock };
  await database.db
    .insertInto('sign_ins')
    .values({ ...row, ...limits, ...open, device: '', place: '', ...more })
    .execute();
}

async function end(): Promise<void> {
  const { db } = database;
  const endings = createEndings({
    realm: realms,
    db,
    store,
    now: deps.now,
    randomBytes,
    onEnforced: () => undefined,
    onEvent: () => undefined,
  });
  await endings.endSignIn({ signInId, cause: 'sign-out' });
}

test('a session is made of the sign-in: account, proof, limits, joined apps', async () => {
  await signIns.join({ signInId, app: 'wiki', reach: 'oidc', sid: 'the-sid' });
  expect(await sessions.findByUid(signInId)).toMatchObject({
    kind: 'Session',
    uid: signInId,
    accountId: account,
    loginTs: 1000,
    amr: ['pwd'],
    iat: 1000,
    exp: 2000,
    authorizations: { wiki: { sid: 'the-sid' } },
  });
});

test('no cookie of the provider opens one', async () => {
  expect(await sessions.find(signInId)).toBeUndefined();
});

test('upsert lets an answer leave only under a live sign-in of that account', async () => {
  await sessions.upsert('x', { uid: signInId, accountId: account });
  const nobody = { uid: 'random', accountId: account };
  await expect(sessions.upsert('a', nobody)).rejects.toMatchObject({ name: 'SessionNotFound' });
  await expect(sessions.upsert('b', { uid: signInId })).rejects.toMatchObject({ status: 400 });
  const wrong = { uid: signInId, accountId: other };
  await expect(sessions.upsert('c', wrong)).rejects.toMatchObject({ status: 400 });
  await end();
  const late = { uid: signInId, accountId: account };
  await expect(sessions.upsert('d', late)).rejects.toMatchObject({ status: 400 });
});

test('upsert never writes over what another tab joined', async () => {
  await signIns.join({ signInId, app: 'wiki', reach: 'oidc', sid: 'the-sid' });
  await sessions.upsert('x', { uid: signInId, accountId: account, authorizations: {} });
  expect((await sessions.findByUid(signInId))?.authorizations).toHaveProperty('wiki');
});

test('a session goes when its sign-in ends or is too old', async () => {
  clock += 1_000_000;
  expect(await sessions.findByUid(signInId)).toBeUndefined();
  clock -= 1_000_000;
  await end();
  expect(await sessions.findByUid(signInId)).toBeUndefined();
});

const code = {
  kind: 'AuthorizationCode',
  jti: 'code',
  sessionUid: signInId,
  clientId: 'wiki',
  sid: 'the-sid',
  grantId: 'the-grant',
  accountId: account,
};

test('of fifty parallel uses of a code exactly one succeeds', async () => {
  const codes = createRecordAdapter(deps, 'AuthorizationCode');
  await codes.upsert('code', code, 60);
  const uses = await Promise.allSettled(Array.from({ length: 50 }, () => codes.consume('code')));
  expect(uses.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a code is not stored under an ended sign-in, nor without access', async () => {
  const codes = createRecordAdapter(deps, 'AuthorizationCode');
  await database.db.updateTable('access').set({ state: 'revoked' }).execute();
  await expect(codes.upsert('code', code, 60)).rejects.toMatchObject({ name: 'AccessDenied' });
  await database.db.updateTable('access').set({ state: 'granted' }).execute();
  await end();
  await expect(codes.upsert('code', code, 60)).rejects.toMatchObject({ name: 'SessionNotFound' });
  expect(await codes.find('code')).toBeUndefined();
});

test('a record is found by its id until it runs out, with the id put back', async () => {
  const pushed = createRecordAdapter(deps, 'PushedAuthorizationRequest');
  await pushed.upsert('id', { jti: 'id', request: 'x.y.' }, 60);
  expect(await pushed.find('id')).toEqual({ jti: 'id', request: 'x.y.' });
  expect(await createRecordAdapter(deps, 'Grant').find('id')).toBeUndefined();
  clock += 60_000;
  expect(await pushed.find('id')).toBeUndefined();
});

test('a grant goes with everything that hangs off it', async () => {
  const grants = createRecordAdapter(deps, 'Grant');
  const tokens = createRecordAdapter(deps, 'AccessToken');
  const token = { jti: 'token', sessionUid: signInId, grantId: 'the-grant', clientId: 'wiki' };
  await grants.upsert('the-grant', { jti: 'the-grant', accountId: account }, 60);
  await tokens.upsert('token', token, 60);
  expect(await tokens.find('token')).toMatchObject({ jti: 'token' });
  await grants.destroy('the-grant');
  expect(await tokens.find('token')).toBeUndefined();
  await tokens.upsert('late', { ...token, jti: 'late' }, 60);
  await grants.upsert('the-grant', { jti: 'the-grant', accountId: account }, 60);
  expect(await tokens.find('late')).toBeUndefined();
});
