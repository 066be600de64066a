import { expect, test } from 'vitest';
import { see } from '../../test/kitten-family.ts';
import { catchPeerArrival, createTwoPeers, linkFrom, shop, toys } from '../../test/two-peers.ts';
import { cookieStore } from '../cookie-store/cookie-store.ts';
import { createMemoryStore } from '../store/memory.ts';

test('apps whose sessions lie in the cookie do the same, as long as they share a store for sign-ins', async () => {
  const signIns = createMemoryStore();
  const peers = createTwoPeers({ options: { store: cookieStore({ signIns }) } });
  const browser = await peers.signedIn();
  const arrival = await catchPeerArrival(browser, await linkFrom(browser));
  const copies = Array.from({ length: 50 }, () => browser.copy());
  const responses = await Promise.all(copies.map((copy) => copy.send(arrival.href)));
  expect(responses.filter(({ status }) => status === 303)).toHaveLength(1);
  await browser.visit(await linkFrom(browser));
  expect(await see(browser, `${toys}/`)).toMatchObject({ name: 'Ada' });
  await browser.visit(`${shop}/leave`);
  expect(await see(browser, `${toys}/`)).toMatchObject({ name: null });
});
