// Owns what every framework adapter promises, as cases that ask a server over real HTTP. `pages.md` has the
// pages that the app under test must have. Starting the server is left to the test of each adapter, by its
// harness.

import { answerCases } from './answers.ts';
import { cachingCases } from './caching.ts';
import { closingCases } from './closing.ts';
import { csrfCases } from './csrf.ts';
import { firstTouchCases } from './first-touch.ts';
import type { AdapterCase } from './harness.ts';
import { openWorkCases } from './open-work.ts';
import { outageCases } from './outages.ts';
import { ownRouteCases } from './own-routes.ts';
import { sessionCases } from './sessions.ts';

/**
 * Everything that a framework adapter promises, as named cases that need no test runner. Each starts a server of its own
 * and asks it over real HTTP; the app on it must have the pages of `pages.md`.
 *
 * @example
 * ```ts
 * import { type AdapterUnderTest, adapterContract } from '@latchkey/testkit';
 * import { test } from 'vitest';
 *
 * declare const adapter: AdapterUnderTest; // yours: starts an app with the pages of the contract
 * for (const { name, run } of adapterContract) test(name, () => run(adapter));
 * ```
 */
export const adapterContract: readonly AdapterCase[] = [
  ...sessionCases,
  ...answerCases,
  ...firstTouchCases,
  ...cachingCases,
  ...outageCases,
  ...ownRouteCases,
  ...csrfCases,
  ...openWorkCases,
  ...closingCases,
];
