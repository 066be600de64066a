import { expect, test } from 'vitest';
import { parseServerAddress, serverText } from './server-address.ts';

test.each([
  ['127.0.0.1', '127.0.0.1:53'],
  ['127.0.0.1:5353', '127.0.0.1:5353'],
  ['::1', '[::1]:53'],
  ['[::1]:5353', '[::1]:5353'],
  ['ns1.example.com', 'ns1.example.com:53'],
])('%s is the server %s', (text, shown) => {
  const address = parseServerAddress(text);
  expect(address && serverText(address)).toBe(shown);
});

test.each(['', 'a:b', '127.0.0.1:0', '127.0.0.1:65536', '[1.2.3.4]:53', 'http://x', 'a b'])(
  '%j is no server',
  (text) => {
    expect(parseServerAddress(text)).toBe(null);
  },
);
