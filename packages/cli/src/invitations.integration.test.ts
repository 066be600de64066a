import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configText, createWorkplace, type Ended, type Workplace } from '../test/command.ts';

const lea = 'lea@kittens.example';

let place: Workplace;
beforeEach(async () => {
  place = await createWorkplace();
  place.write(
    'latchkey.config.ts',
    configText(place.port, "people: { registration: 'invitation' },"),
  );
});
afterEach(() => place.remove());

const invite = (...more: readonly string[]): Promise<Ended> =>
  place.run(['account', 'invite', lea, '--json', ...more]);
const messageOf = ({ stderr }: Ended): string => JSON.parse(stderr).error.message;

describe('latchkey account invite', () => {
  test('prints the link where it is asked to, and then alone', async () => {
    const printed = await invite('--print', '--app', 'shop', '--until', '2099-01-31');
    expect(printed.exitCode, printed.stderr).toBe(0);
    expect(JSON.parse(printed.stdout)).toMatchObject({
      email: lea,
      apps: ['shop'],
      link: expect.stringMatching(/\/invitation\?token=[\w-]{43}$/),
    });
    const mailed = await invite('--name', 'Lea', '--language', 'de');
    expect(JSON.parse(mailed.stdout)).not.toHaveProperty('link');
  });

  test('refuses what cannot be, and says why', async () => {
    expect(messageOf(await invite('--print', '--app', 'bank'))).toContain('bank');
    expect(messageOf(await invite('--print', '--app', 'shop', '--role', 'king'))).toContain(
      'no roles',
    );
    expect(messageOf(await invite('--language', 'xx'))).toContain(
      "no mails in 'xx', but in en, de",
    );
    const nowhere = await place.run(['account', 'invite', 'lea', '--print', '--json']);
    expect(messageOf(nowhere)).toContain('not an e-mail address');
    place.write('latchkey.config.ts', configText(place.port));
    expect(messageOf(await invite('--print'))).toContain('people.registration');
  });

  test('approve and deny are for who waits', async () => {
    const added = ['account', 'add', lea, '--name', 'Lea', '--password-stdin'];
    await place.run(added, 'zebra oven lamp on a hill\n');
    for (const decision of ['approve', 'deny']) {
      const answer = await place.run(['account', decision, lea, '--json']);
      expect(answer.exitCode).toBe(2);
      expect(messageOf(answer)).toContain('does not wait');
    }
  });
});
