import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRegistrationDesk, type RegistrationDesk } from '../../test/registration-desk.ts';
import { tellIntervalMilliseconds } from './tell-administrators.ts';

let desk: RegistrationDesk;
beforeEach(async () => {
  desk = await openRegistrationDesk();
  for (const name of ['ada', 'eve', 'old']) {
    const { id } = await desk.host.person(name);
    await desk.host.accounts.setAdministrator(id, true);
    if (name === 'old') await desk.host.accounts.setState(id, 'suspended');
  }
  await desk.host.person('cat');
});
afterEach(() => desk.host.close());

const told = async () =>
  (await desk.mailbox())
    .filter(({ message }) => message.kind === 'account-waiting')
    .map(({ to, message }) => [to, 'others' in message ? message.others : null]);
const idOf = async (name: string) =>
  (await desk.host.accounts.findByEmail(`${name}@kittens.example`))?.id ?? '';

describe('administrators', () => {
  test('are told of somebody who waits, each active one by a mail', async () => {
    await desk.register('ben');
    expect(await desk.news.tell()).toBe(true);
    expect(await told()).toEqual([
      ['ada@kittens.example', 0],
      ['eve@kittens.example', 0],
    ]);
    const link = 'https://login.kittens.example/approvals';
    expect((await desk.mailbox('ada@kittens.example'))[0]?.message).toEqual({
      kind: 'account-waiting',
      link,
      name: 'ben',
      email: 'ben@kittens.example',
      others: 0,
    });
  });

  test('get one mail an hour, however many people come', async () => {
    for (let person = 0; person < 30; person += 1) {
      await desk.register(`person-${person}`);
      await desk.news.tell();
    }
    expect(await told()).toHaveLength(2);
    desk.host.clock.advance(tellIntervalMilliseconds);
    expect(await desk.news.tell()).toBe(true);
    expect((await told()).slice(2)).toEqual([
      ['ada@kittens.example', 29],
      ['eve@kittens.example', 29],
    ]);
    desk.host.clock.advance(tellIntervalMilliseconds);
    expect(await desk.news.tell()).toBe(false);
  });

  test('are told once by twenty processes', async () => {
    await desk.register('ben');
    await Promise.all(Array.from({ length: 20 }, () => desk.news.tell()));
    expect(await told()).toHaveLength(2);
  });

  test('hear nothing of somebody on whom was decided meanwhile', async () => {
    await desk.register('ben');
    await desk.decisions.approve(await idOf('ben'));
    await desk.register('dan');
    await desk.host.accounts.setState(await idOf('dan'), 'active');
    expect(await desk.news.tell()).toBe(false);
    expect(await told()).toEqual([]);
  });
});
