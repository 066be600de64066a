import { expect, test } from 'vitest';
import { createHostCheck } from './own-host.ts';

test.each([
  ['https://shop.example', ['shop.example', 'SHOP.example', 'shop.example:443']],
  ['http://shop.localhost', ['shop.localhost', 'shop.localhost:80']],
  ['http://shop.localhost:4001', ['shop.localhost:4001', 'Shop.Localhost:4001']],
  ['https://[::1]:8443', ['[::1]:8443']],
])('%s is at home under %j', (origin, hosts) => {
  const isOwn = createHostCheck(origin);
  for (const host of hosts) expect([host, isOwn(host)]).toEqual([host, true]);
});

test.each([
  undefined,
  '',
  'example',
  'evil.example',
  'shop.example.',
  'shop.example:80',
  'shop.example:8443',
  'shop.example:443:443',
  'shop.example:0443',
  'shop.example@evil.example',
  'evil.example/shop.example',
  'shop.example,evil.example',
  'shop.example, shop.example',
  ' shop.example',
  'shop.example ',
  'shop.example\t',
  'xshop.example',
  'x.shop.example',
  'ſhop.example',
])('https://shop.example is not at home under %j', (host) => {
  expect(createHostCheck('https://shop.example')(host)).toBe(false);
});
