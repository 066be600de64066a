import { expect, test } from 'vitest';
import { createFamilyGround } from './family.ts';

test('domains hold with everything below, on the boundary of a label', () => {
  const ground = createFamilyGround({
    ownDomains: ['Example.com', '*.kittens.net'],
    accepted: ['zendesk.com.'],
  });
  expect(ground.isOurs('a.example.com')).toBe(true);
  expect(ground.isOurs('notexample.com')).toBe(false);
  expect(ground.isOurs('x.kittens.net')).toBe(true);
  expect(ground.isAccepted('acme.zendesk.com')).toBe(true);
});

test('without ranges every address is ours, with them only those inside', () => {
  expect(createFamilyGround({}).isOurAddress('198.51.100.1')).toBe(true);
  const ground = createFamilyGround({
    ownRanges: ['192.0.2.0/24', '2001:db8::/32', '203.0.113.9'],
  });
  const addresses = ['192.0.2.7', '198.51.100.1', '2001:db8::7', '2001:db9::1', '203.0.113.9'];
  expect(addresses.map(ground.isOurAddress)).toEqual([true, false, true, false, true]);
});

test.each(['192.0.2.0/33', '192.0.2.0/x', 'example.com', '2001:db8::/129', ''])(
  '%s is no network',
  (range) => {
    expect(() => createFamilyGround({ ownRanges: [range] })).toThrow(
      expect.objectContaining({ code: 'exposure_input_invalid' }),
    );
  },
);
