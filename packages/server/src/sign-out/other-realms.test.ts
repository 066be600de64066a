import { realmKey } from '@latchkey/session/parts';
import { expect, onTestFinished, test } from 'vitest';
import { openTestLoginHost } from '../../test/login-host.ts';
import { realm, realms } from '../../test/realm.ts';
import { countOtherRealms } from './other-realms.ts';

test('sign-ins made under another login host are counted, unless it is named', async () => {
  const { db, store, endings, signedIn, close } = await openTestLoginHost();
  onTestFinished(() => close());
  const { id } = await signedIn('ada');
  await signedIn('ben');
  expect(await countOtherRealms(db, store, realms)).toEqual({ live: 2, foreign: 0 });
  const present = realmKey('https://id.kittens.example');
  expect(await countOtherRealms(db, store, { present, former: [] })).toEqual({
    live: 2,
    foreign: 2,
  });
  const named = { present, former: [realm] };
  expect(await countOtherRealms(db, store, named)).toEqual({ live: 2, foreign: 0 });
  await endings.endSignIn({ signInId: id, cause: 'sign-out' });
  expect(await countOtherRealms(db, store, realms)).toEqual({ live: 1, foreign: 0 });
});
