import { expect, expectTypeOf, test } from 'vitest';
import { type EventOf, type EventType, eventLevels, type LatchkeyEvent } from './events.ts';

test('a misspelt event type or reason does not compile', () => {
  const events: readonly LatchkeyEvent[] = [
    { type: 'csrf.refused', app: 'shop', reason: 'cross-site' },
    // @ts-expect-error No such type.
    { type: 'csrf.refuzed', reason: 'cross-site' },
    // @ts-expect-error No such reason.
    { type: 'csrf.refused', reason: 'crossite' },
    // @ts-expect-error A reason of another type.
    { type: 'store.unavailable', reason: 'cross-site' },
    // @ts-expect-error A type without reasons.
    { type: 'exposure.resumed', reason: 'cross-site' },
  ];
  expect(events).toHaveLength(5);
});

test('who asks for the type of an event knows its reasons', () => {
  const reasonOf = (event: LatchkeyEvent) =>
    event.type === 'sign-in.limited' ? event.reason : undefined;
  expectTypeOf(reasonOf).returns.toEqualTypeOf<'account' | 'address' | undefined>();
  expect(reasonOf({ type: 'sign-in.limited', reason: 'address' })).toBe('address');
});

test('every type of the list is one of an event', () => {
  expectTypeOf<LatchkeyEvent['type']>().toEqualTypeOf<keyof typeof eventLevels>();
  expectTypeOf<EventOf<EventType>['type']>().toEqualTypeOf<EventType>();
  expect(Object.values(eventLevels)).not.toContain(undefined);
});
