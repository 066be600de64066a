import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPasswordJudge, maxPasswordCharacters } from './judge-password.ts';

const judge = createPasswordJudge();
const known = ['ada.lovelace@kittens.example', 'Ada Lovelace-Müller', 'Kittens'];

describe('a new password', () => {
  test.each([
    ['', 'password-too-short'],
    ['fourteen chars', 'password-too-short'],
    ['zebra oven lamp', null],
    ['correct horse battery', null],
    ['kittens are what I dream of', null],
    // No character is demanded, none is forbidden.
    ['nur Wörter ohne Ziffern', null],
    ['слон идёт по проводу', null],
    ['9271 0043 8816 5520', null],
    // Seven characters, however many code units or combining marks.
    ['e\u0301'.repeat(7), 'password-too-short'],
    ['\u{1F431}'.repeat(14), 'password-too-short'],
    [`zebra oven lamp${'\u{1F431}'.repeat(241)}`, null],
    [`zebra oven lamp${'\u{1F431}'.repeat(242)}`, 'password-too-long'],
    ['a'.repeat(5_000_000), 'password-too-long'],
  ])('%j is judged %j', async (password, verdict) => {
    expect(await judge(password, known)).toBe(verdict);
  });

  test.each([
    'aaaaaaaaaaaaaaaaaaaa',
    '123456789012345678',
    'passwordpassword',
    'p@ssw0rdp@ssw0rd',
    'qwertyuiopasdfghjkl',
    'Passwort12345678',
    'asdfasdfasdfasdf',
    '\u{1F431}'.repeat(20),
  ])('%j is a well-known one or follows a pattern', async (password) => {
    expect(await judge(password, known)).toBe('password-common');
  });

  test.each([
    'ada.lovelace@kittens.example',
    'Ada.Lovelace@Kittens.Example!1',
    'ada lovelace kittens',
    'AdaLovelace2026!',
    'MULLER lovelace ada',
    'Müller-Lovelace #1',
    'kittens-kittens-26',
    'latchkeylatchkey1',
  ])('%j is made of what is known of the person', async (password) => {
    expect(await judge(password, known)).toBe('password-common');
  });

  test('of any characters is judged, and none throws', async () => {
    const texts = fc.string({ unit: 'binary', maxLength: maxPasswordCharacters + 5 });
    await fc.assert(
      fc.asyncProperty(texts, fc.array(fc.string({ unit: 'binary' })), async (text, words) => {
        const verdict = await judge(text, words);
        const characters = [...text.normalize('NFC')].length;
        expect(verdict === 'password-too-short').toBe(characters < 15);
        expect(verdict === 'password-too-long').toBe(characters > maxPasswordCharacters);
      }),
      { numRuns: 200 },
    );
  });
});
