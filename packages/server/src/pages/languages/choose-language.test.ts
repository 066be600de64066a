import { expect, test } from 'vitest';
import { chooseLanguage } from './choose-language.ts';

test.each([
  [null, null, 'en'],
  [null, 'de-CH, en;q=0.5', 'de'],
  [null, 'DE', 'de'],
  [null, 'fr, de;q=0.3', 'de'],
  [null, 'fr', 'en'],
  [null, '*, de;q=0.5', 'en'],
  [null, 'deutsch', 'en'],
  ['de', 'en', 'de'],
  ['en', 'de', 'en'],
  ['de-DE', null, 'de'],
  ['fr', 'de', 'de'],
  ['', 'de', 'de'],
])(
  'a person who chose %j with a browser that asks for %j reads %s',
  (locale, acceptLanguage, tag) => {
    expect(chooseLanguage({ locale, acceptLanguage }).tag).toBe(tag);
  },
);
