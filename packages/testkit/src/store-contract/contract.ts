// Owns what every session store promises, as cases that need no test runner. Making a store, a second
// handle on it and a clock is left to the test of each store, by its harness. Outages are tested beside
// each store.

import { basicCases } from './basic.ts';
import { boundCases } from './bounds.ts';
import { endingCases } from './ending.ts';
import { expiryCases } from './expiry.ts';
import type { StoreCase } from './harness.ts';
import { listingCases } from './listing.ts';
import { raceCases } from './races.ts';
import { retirementCases } from './retirement.ts';
import { rotationCases } from './rotation.ts';

/**
 * Everything that a session store must do, as cases without a test runner. A store's test is a loop:
 * `for (const { name, run } of storeContract) test(name, () => run(makeHarness))`.
 *
 * @example
 * ```ts
 * import { type StoreHarness, storeContract } from '@latchkey/testkit';
 * import { test } from 'vitest';
 *
 * declare function makeHarness(): Promise<StoreHarness>; // yours: opens the store, moves its clock
 * for (const { name, run } of storeContract) test(name, () => run(makeHarness));
 * ```
 */
export const storeContract: readonly StoreCase[] = [
  ...basicCases,
  ...expiryCases,
  ...endingCases,
  ...raceCases,
  ...rotationCases,
  ...retirementCases,
  ...listingCases,
  ...boundCases,
];
