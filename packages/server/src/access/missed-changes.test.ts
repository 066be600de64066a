import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';

let host: TestLoginHost;
beforeEach(async () => {
  host = await openTestLoginHost();
});
afterEach(() => host.close());

const notices = () => host.db.selectFrom('notices').select(['app', 'sid', 'cause']).execute();

test('a grant that runs out ends the session of a relying party by notice, once', async () => {
  const { accountId, slot } = await host.signedIn('ada', ['wiki']);
  await host.access.grant(accountId, 'wiki', { until: host.clock.now() + 60_000 });
  await host.reconciler.reconcileOnce();
  expect(await notices()).toEqual([]);
  host.clock.advance(60_000);
  const before = host.wakes();
  await host.reconciler.reconcileOnce();
  const told = [{ app: 'wiki', sid: 'sid-ada-wiki', cause: 'access-withdrawn' }];
  expect(await notices()).toEqual(told);
  expect(host.wakes()).toBeGreaterThan(before);
  expect((await host.store.readSignIn(slot))?.signIn.apps).toEqual({ shop: null });
  host.clock.advance(2_000);
  await host.reconciler.reconcileOnce();
  expect(await notices()).toEqual(told);
});

test('a grant that ran out while no login host was up is found after the start', async () => {
  const { accountId } = await host.signedIn('ada', ['wiki']);
  await host.access.grant(accountId, 'wiki', { until: host.clock.now() + 60_000 });
  host.clock.advance(3_600_000);
  host = await host.restart();
  await host.reconciler.reconcileOnce();
  expect(await notices()).toHaveLength(1);
});

test('a grant that was prolonged in time does not', async () => {
  const { accountId } = await host.signedIn('ada', ['wiki']);
  await host.access.grant(accountId, 'wiki', { until: host.clock.now() + 60_000 });
  await host.access.grant(accountId, 'wiki', { until: host.clock.now() + 120_000 });
  host.clock.advance(60_000);
  await host.reconciler.reconcileOnce();
  expect(await notices()).toEqual([]);
});
