import type { SessionStore } from '@latchkey/session';
import { realmKey } from '@latchkey/session/parts';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { expect, test } from 'vitest';
import { deriveClientKeys } from '../client-keys.ts';
import { createAccountIndex, maxSignInsPerAccount } from './account-index.ts';
import { storeSignIn } from './local-sign-in.ts';

const keys = deriveClientKeys({
  issuer: 'https://login.example',
  clientId: 'wiki',
  clientSecret: 'not asked for',
});
const limits = { realm: realmKey('wiki'), clientId: 'wiki', absoluteSeconds: 86_400 };
const account = { id: 'ben', email: 'ben@kittens.example', name: 'Ben' };

async function signIn(store: SessionStore, sid: string): Promise<void> {
  const arrival = { account, sid, provedAt: store.now(), roles: [], groups: [], methods: ['pwd'] };
  await storeSignIn({ store, ...limits }, keys.slotOf(sid), arrival);
}

test('the note of an account is bounded, and a sign-in that it drops ends here', async () => {
  const store = createMemoryStore();
  const index = createAccountIndex(store, keys, limits.absoluteSeconds);
  for (let count = 0; count <= maxSignInsPerAccount; count += 1) {
    await signIn(store, `sid-${count}`);
    await index.add(account.id, `sid-${count}`);
  }
  const sids = await index.sidsOf(account.id);
  expect(sids).toHaveLength(maxSignInsPerAccount);
  expect(sids).not.toContain('sid-0');
  expect(await store.readSignIn(keys.slotOf('sid-0'))).toBeNull();
  expect(await store.readSignIn(keys.slotOf('sid-1'))).not.toBeNull();
});
