import { randomBytes } from 'node:crypto';
import { createPlatform, defineFamily, type FamilySessionOptions } from '@latchkey/session';
import { createSlot, type SignInRecord } from '@latchkey/session/parts';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { describe, expect, test } from 'vitest';
import { createLoginSessions, type LoginSessions } from './sessions.ts';

const store = createMemoryStore();

function sessionsOf(session: FamilySessionOptions): LoginSessions {
  const family = defineFamily({
    name: 'Kittens',
    loginHost: 'https://login.kittens.example',
    store,
    session,
    apps: {
      shop: { origin: 'https://shop.kittens.example', reach: 'shared' },
      blog: { origin: 'https://blog.kittens.example', reach: 'shared' },
    },
  });
  return createLoginSessions(family, { store, platform: createPlatform() });
}

/** Signs in and answers with the `Cookie` header that a browser sends then. */
async function signIn({ own }: LoginSessions): Promise<string> {
  const slot = createSlot(randomBytes);
  const record: SignInRecord = {
    version: 1,
    id: slot,
    provedAt: 0,
    methods: ['pwd'],
    apps: {},
    createdAt: 0,
    device: '',
    place: '',
    remembered: false,
    account: { id: 'ada', email: 'ada@kittens.example', name: 'Ada' },
    idleSeconds: 600,
    absoluteSeconds: 3600,
  };
  await store.createSignIn(slot, record, own.realm);
  const opened = await own.open(undefined);
  await own.signIn(opened.session, slot);
  return (await opened.commit()).map((line) => line.split(';')[0]).join('; ');
}

describe('the login host of a family that changed its cookie', () => {
  const today = { key: 'new', domain: 'all', former: [{ key: 'old', domain: 'all' }, {}] } as const;

  test('still knows who signed in before, under the new name', async () => {
    const header = await signIn(sessionsOf({ key: 'old', domain: 'all' }));
    expect(header).toMatch(/^__Host-old_login=/);
    const opened = await sessionsOf(today).own.open(header);
    expect(opened.session.account?.name).toBe('Ada');
    const id = header.split('=')[1];
    expect(await opened.commit()).toEqual([
      '__Host-old_login=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
      `__Host-new_login=${id}; Path=/; HttpOnly; Secure; SameSite=Lax`,
    ]);
  });

  test('clears at sign-out what browsers let it clear: its own cookies and the shared ones', () => {
    const { own, shared } = sessionsOf(today);
    const names = [...own.clearLines, ...(shared?.clearLines ?? [])].map((line) =>
      line.replace(/=.*?(?=; Domain|$)/, '').replace(/; Path.*/, ''),
    );
    expect(names).toEqual([
      '__Host-new_login',
      '__Host-old_login',
      '__Secure-new; Domain=kittens.example',
      '__Secure-old; Domain=kittens.example',
    ]);
  });
});
