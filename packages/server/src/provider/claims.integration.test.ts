import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { beginFlow, redeem, signOn } from '../../test/code-flow.ts';
import { type ProviderHost, startProviderHost } from '../../test/provider-host.ts';
import { createGroups } from '../access/groups.ts';

let host: ProviderHost;
let person: string;
let signInId: string;

beforeAll(async () => {
  host = await startProviderHost();
  await groups().add('cats');
  await groups().grant('cats', 'wiki', 'reader');
  await groups().add('dogs');
});
afterAll(() => host.close());
beforeEach(async () => {
  person = await host.addAccount(`person-${Math.random().toString(36).slice(2)}`);
  signInId = await host.signIn(person);
});

function groups() {
  return createGroups({
    db: host.db,
    now: Date.now,
    randomBytes: (size) => Buffer.from(crypto.getRandomValues(new Uint8Array(size))),
    onEvent: () => undefined,
    apply: (accountId) => host.access.apply(accountId),
  });
}

async function userinfo(accessToken: string): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${accessToken}` };
  const response = await host.fetch(`${host.origin}/oidc/userinfo`, { headers });
  return (await response.json()) as Record<string, unknown>;
}

async function told(app: string) {
  const { claims, accessToken } = await signOn(host, signInId, app);
  const shown = ({ roles, groups: names }: Record<string, unknown>) => ({ roles, groups: names });
  return [shown(claims), shown(await userinfo(accessToken))];
}

test("an app is told the roles that the person has in it, and no other app's, and the groups", async () => {
  await host.access.grant(person, 'wiki', { role: 'editor' });
  await groups().addMember('cats', person);
  await groups().addMember('dogs', person);
  const inWiki = { roles: ['editor', 'reader'], groups: ['cats', 'dogs'] };
  expect(await told('wiki')).toEqual([inWiki, inWiki]);
  const inForum = { roles: [], groups: ['cats', 'dogs'] };
  expect(await told('forum')).toEqual([inForum, inForum]);
});

test('who has neither is told with empty lists', async () => {
  const none = { roles: [], groups: [] };
  expect(await told('wiki')).toEqual([none, none]);
});

test('a changed role is in the next token of a sign-in that lives, and in userinfo immediately', async () => {
  const { accessToken } = await signOn(host, signInId, 'wiki');
  await host.access.grant(person, 'wiki', { role: 'editor' });
  expect(await userinfo(accessToken)).toMatchObject({ roles: ['editor'] });
  expect((await signOn(host, signInId, 'wiki')).claims).toMatchObject({ roles: ['editor'] });
});

test('without the scope profile neither roles nor groups are told', async () => {
  await host.access.grant(person, 'wiki', { role: 'editor' });
  await groups().addMember('dogs', person);
  const flow = beginFlow(host, 'wiki', { scope: 'openid email' });
  const { location } = await host.browser(signInId).walk(flow.url);
  const { claims, accessToken } = await redeem(
    host,
    flow,
    location?.searchParams.get('code') ?? '',
  );
  for (const one of [claims, await userinfo(accessToken)]) {
    expect(one).toMatchObject({ sub: person });
    for (const name of ['roles', 'groups', 'name']) expect(one).not.toHaveProperty(name);
  }
});

test('an address is told as verified only when it was confirmed', async () => {
  const verified = async () => {
    const { claims, accessToken } = await signOn(host, signInId, 'wiki');
    return [claims['email_verified'], (await userinfo(accessToken))['email_verified']];
  };
  expect(await verified()).toEqual([false, false]);
  await host.db
    .updateTable('accounts')
    .set({ email_confirmed_at: 1 })
    .where('id', '=', person)
    .execute();
  expect(await verified()).toEqual([true, true]);
});

test('discovery names the claims', async () => {
  const response = await host.fetch(`${host.origin}/.well-known/openid-configuration`);
  const { claims_supported: names } = (await response.json()) as { claims_supported: string[] };
  expect(names).toEqual(expect.arrayContaining(['roles', 'groups', 'email_verified']));
});
