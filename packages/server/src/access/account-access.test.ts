import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AppRule } from './access-rules.ts';
import {
  type AccessDecision,
  type AccessFacts,
  type GroupMembership,
  resolveAccess,
} from './account-access.ts';

const at = 1_000;
const nobody: AccessFacts = {
  emailKey: 'ada@kittens.example',
  emailConfirmedAt: 500,
  decisions: [],
  memberships: [],
};
const granted: AccessDecision = {
  app: 'shop',
  state: 'granted',
  until: null,
  role: null,
  decidedAt: 100,
};
const inGroup: GroupMembership = { group: 'editors', app: 'shop', role: 'editor', decidedAt: 200 };

function rules(access: AppRule['access'], roles: readonly string[] = ['editor', 'reader']) {
  return new Map([['shop', { access, roles, changedAt: 300 }]]);
}

function shopOf(facts: Partial<AccessFacts>, access: AppRule['access'] = 'request') {
  return resolveAccess({ ...nobody, ...facts }, rules(access), at).apps.get('shop');
}

describe('an account may enter an app', () => {
  test('that it was granted, that a group opens or that the config opens, and no other', () => {
    const always = { until: null, roles: [] };
    expect(shopOf({})).toBeUndefined();
    expect(shopOf({ decisions: [granted] })).toEqual({ ...always, decidedAt: 100 });
    expect(shopOf({ memberships: [inGroup] })).toEqual({
      until: null,
      roles: ['editor'],
      decidedAt: 200,
    });
    expect(shopOf({}, 'everyone')).toEqual({ ...always, decidedAt: 300 });
    expect(shopOf({}, { domains: ['kittens.example'] })).toEqual({ ...always, decidedAt: 500 });
  });

  test('by its domain only where the address is confirmed and of that very domain', () => {
    const ours = { domains: ['kittens.example'] };
    expect(shopOf({ emailConfirmedAt: null }, ours)).toBeUndefined();
    for (const emailKey of [
      'ada@evil-kittens.example',
      'ada@sub.kittens.example',
      'ada@kittens.example.evil',
      '',
    ]) {
      expect(shopOf({ emailKey }, { domains: ['kittens.example', 'x.y'] })).toBeUndefined();
    }
  });

  test.each(['denied', 'revoked'] as const)(
    'not once it was %s, whatever else opens it',
    (state) => {
      const facts = { decisions: [{ ...granted, state }], memberships: [inGroup] };
      expect(shopOf(facts, 'everyone')).toBeUndefined();
    },
  );

  test('until the last of what opens it has run out', () => {
    const until = at + 1;
    expect(shopOf({ decisions: [{ ...granted, until }] })?.until).toBe(until);
    expect(shopOf({ decisions: [{ ...granted, until: at }] })).toBeUndefined();
    const both = { decisions: [{ ...granted, until }], memberships: [inGroup] };
    expect(shopOf(both)?.until).toBeNull();
  });

  test('with all roles that it has there, less those that the config does not name any more', () => {
    const decisions = [{ ...granted, role: 'reader' }];
    const facts = { ...nobody, decisions, memberships: [inGroup] };
    const roles = (known: readonly string[]) =>
      resolveAccess(facts, rules('request', known), at).apps.get('shop')?.roles;
    expect(roles(['reader', 'editor'])).toEqual(['editor', 'reader']);
    expect(roles(['reader'])).toEqual(['reader']);
  });

  test('without the role of a grant that ran out', () => {
    const decisions = [{ ...granted, role: 'reader', until: at }];
    expect(shopOf({ decisions, memberships: [inGroup] })?.roles).toEqual(['editor']);
  });
});

test('its groups are named once each, also those that open nothing', () => {
  const memberships = [
    inGroup,
    { ...inGroup, app: 'blog' },
    { ...inGroup, group: 'cats', app: null },
  ];
  expect(resolveAccess({ ...nobody, memberships }, new Map(), at).groups).toEqual([
    'cats',
    'editors',
  ]);
});

test('no order of facts and no repetition of them says anything else', () => {
  const app = fc.constantFrom('shop', 'blog', '__proto__');
  const decision = fc.record({
    app,
    state: fc.constantFrom('granted' as const, 'denied' as const, 'revoked' as const),
    until: fc.option(fc.integer({ min: 0, max: 2 * at })),
    role: fc.option(fc.constantFrom('reader', 'editor')),
    decidedAt: fc.nat(at),
  });
  const membership = fc.record({
    group: fc.constantFrom('a', 'b'),
    app: fc.option(app),
    role: fc.option(fc.constantFrom('reader', 'editor')),
    decidedAt: fc.nat(at),
  });
  const access = fc.constantFrom('request' as const, 'everyone' as const);
  fc.assert(
    fc.property(
      fc.array(decision),
      fc.array(membership),
      access,
      (decisions, memberships, rule) => {
        const facts = { ...nobody, decisions, memberships };
        const again = {
          ...nobody,
          decisions: [...decisions, ...decisions].reverse(),
          memberships: [...memberships, ...memberships].reverse(),
        };
        const found = resolveAccess(facts, rules(rule), at);
        expect(resolveAccess(again, rules(rule), at)).toEqual(found);
        for (const { app: name, state } of decisions) {
          if (state !== 'granted') expect(found.apps.has(name)).toBe(false);
        }
      },
    ),
  );
});
