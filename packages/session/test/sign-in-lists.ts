import fc from 'fast-check';
import type { SignInRecord } from '../src/session-store.ts';

/** Roles and groups as records have them: where there are none, the property is not there. */
export function signInLists(
  text: fc.Arbitrary<string>,
): fc.Arbitrary<Pick<SignInRecord, 'roles' | 'groups'>> {
  const names = fc.array(text, { minLength: 1, maxLength: 4 });
  const roles = fc
    .array(fc.tuple(text, names), { minLength: 1, maxLength: 3 })
    .map((entries) => Object.fromEntries(entries));
  return fc.record({ roles, groups: names }, { requiredKeys: [], noNullPrototype: true });
}
