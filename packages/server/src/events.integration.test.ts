import { expect, onTestFinished, test } from 'vitest';
import { openTestLoginHost } from '../test/login-host.ts';
import { startLoginHost } from '../test/running-login-host.ts';

const address = expect.stringMatching(/127\.0\.0\.1/);
const whom = (name: string) => ({ id: expect.any(String), email: `${name}@kittens.example` });

test('the operator is told who signs in and out, who is refused and who is limited, and from where', async () => {
  const host = await startLoginHost();
  onTestFinished(() => host.close());
  const told = (type: string) => host.events.filter((event) => event.type === type);
  const cookie = await host.signIn('ben');
  expect(told('sign-in.succeeded')).toEqual([
    { type: 'sign-in.succeeded', reason: 'pwd', account: whom('ben'), address },
  ]);
  await host.post('/sign-out', {}, { cookie });
  const { id } = whom('ben');
  expect(told('sign-in.ended')).toEqual([
    { type: 'sign-in.ended', reason: 'sign-out', account: { id }, address },
  ]);
  const typed = 'hunter2-typed-into-the-wrong-field';
  const tries = [
    { email: 'ben@kittens.example', password: typed },
    { email: typed, password: 'ben@kittens.example' },
    { email: 'dan@kittens.example', password: 'correct horse battery staple' },
  ];
  for (const fields of tries) await host.post('/sign-in', fields);
  expect(told('sign-in.refused')).toEqual([
    { type: 'sign-in.refused', reason: 'wrong', account: whom('ben'), address },
    { type: 'sign-in.refused', reason: 'wrong', address },
    { type: 'sign-in.refused', reason: 'pending', account: whom('dan'), address },
  ]);
  for (let time = 0; time < 10; time += 1) {
    await host.post('/sign-in', { email: 'ben@kittens.example', password: typed });
  }
  expect(told('sign-in.limited')).toEqual([
    { type: 'sign-in.limited', reason: 'account', address },
  ]);
  expect(JSON.stringify(host.events)).not.toContain(typed);
});

test('the operator is told of each change of an account and of access', async () => {
  const host = await openTestLoginHost();
  onTestFinished(() => host.close());
  const { id } = await host.person('ben', ['shop']);
  await host.accounts.setPassword(id, 'another correct horse');
  await host.accounts.setName(id, 'Benjamin');
  await host.accounts.setAdministrator(id, true);
  await host.access.revoke(id, 'shop');
  await host.accounts.setState(id, 'suspended');
  const registration = { email: 'ada@kittens.example', name: 'Ada', password: 'correct horse bat' };
  await host.accounts.register({ ...registration, state: 'active', isAdministrator: true });
  const ada = await host.accounts.findByEmail('ada@kittens.example');
  await host.accounts.setEmail(ada?.id ?? '', 'countess@kittens.example');
  expect(host.doings).toEqual([
    { type: 'account.created', reason: 'active', account: whom('ben') },
    { type: 'access.changed', reason: 'granted', app: 'shop', account: { id } },
    { type: 'account.password-changed', reason: 'set', account: whom('ben') },
    { type: 'account.renamed', account: whom('ben') },
    { type: 'account.administrator-changed', reason: 'on', account: whom('ben') },
    { type: 'access.changed', reason: 'revoked', app: 'shop', account: { id } },
    { type: 'account.state-changed', reason: 'suspended', account: whom('ben') },
    { type: 'account.created', reason: 'administrator', account: whom('ada') },
    {
      type: 'account.email-changed',
      account: { ...whom('ada'), email: 'countess@kittens.example' },
    },
  ]);
  expect(JSON.stringify(host.doings)).not.toContain('horse');
});
