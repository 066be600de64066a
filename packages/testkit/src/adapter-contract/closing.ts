import { equal } from 'node:assert/strict';
import { createAppAlone } from '@latchkey/session';
import { type AdapterCase, adapterCase, contractOrigin } from './harness.ts';

/** How what an adapter holds is freed. */
export const closingCases: readonly AdapterCase[] = [
  ...adapterCase('close() of what the adapter made closes its handler', async ({ adapter }) => {
    let closed = 0;
    const handler = createAppAlone({ origin: contractOrigin, store: 'memory:' });
    const close = async (): Promise<void> => {
      closed += 1;
    };
    await adapter.make({ ...handler, close }).close();
    equal(closed, 1);
  }),
];
