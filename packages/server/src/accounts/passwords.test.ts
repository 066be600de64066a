import { parseOptions } from '@node-rs/argon2';
import { describe, expect, test } from 'vitest';
import { createPasswords, dummyHash } from './passwords.ts';

const passwords = () => createPasswords();

async function hashOf(password: string): Promise<string> {
  const phc = await passwords().hash(password);
  return phc;
}

describe('passwords', () => {
  test('are kept as argon2id PHC strings with the parameters of the docs', async () => {
    const phc = await hashOf('correct horse battery');
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test('the right one is right and others are wrong', async () => {
    const phc = await hashOf('correct horse battery');
    expect(await passwords().verify(phc, 'correct horse battery')).toBe('right');
    expect(await passwords().verify(phc, 'correct horse batterz')).toBe('wrong');
  });

  test('one written with combining characters is the same', async () => {
    const phc = await hashOf('caf\u00e9 au lait, s\u2019il vous pla\u00eet');
    expect(await passwords().verify(phc, 'cafe\u0301 au lait, s\u2019il vous plai\u0302t')).toBe(
      'right',
    );
  });

  test('what follows a NUL counts', async () => {
    const phc = await hashOf('first part\u0000second part');
    expect(await passwords().verify(phc, 'first part\u0000other part')).toBe('wrong');
  });

  test('nobody has the password of a person who does not exist', async () => {
    for (const guess of ['', 'correct horse battery', 'password']) {
      expect(await passwords().verify(null, guess)).toBe('wrong');
    }
  });

  test('a missing person costs a verification with the same parameters', async () => {
    // 64 waiting and two running: if unknown people cost nothing, none of these would be busy.
    const queue = passwords();
    const verdicts = await Promise.all(
      Array.from({ length: 70 }, () => queue.verify(null, 'correct horse battery')),
    );
    expect(verdicts.filter((verdict) => verdict === 'busy')).toHaveLength(4);
    const known = parseOptions(await hashOf('correct horse battery'));
    expect(parseOptions(dummyHash)).toEqual(known);
  });

  test('one of 4,096 bytes is read whole, a longer one is wrong unread', async () => {
    const longest = '\u{1F431}'.repeat(1024);
    const phc = await hashOf(longest);
    expect(await passwords().verify(phc, longest)).toBe('right');
    expect(await passwords().verify(phc, `${longest}\u{1F431}`)).toBe('wrong');
    expect(await passwords().verify(phc, longest.slice(2))).toBe('wrong');
  });

  test('megabytes are wrong without being hashed', async () => {
    const queue = passwords();
    const huge = 'a'.repeat(5_000_000);
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => queue.verify(null, huge)));
    expect(new Set(verdicts)).toEqual(new Set(['wrong']));
  });
});
