import { AsyncLocalStorage } from 'node:async_hooks';
import type { LatchkeyEvent } from '@latchkey/session';

/** Adds to events from where the request came under which they happened. */
export interface EventAddress {
  /** Runs what answers a request of a client. */
  answering<T>(address: string, work: () => T): T;
  /** What the operator is told. */
  located(onEvent: (event: LatchkeyEvent) => void): (event: LatchkeyEvent) => void;
}

/** Events of somebody's doing. What a request merely set off, such as a notice, is not from there. */
const personal = /^(?:access|account|provider|sign-in)\./;

export function createEventAddress(): EventAddress {
  const addresses = new AsyncLocalStorage<string>();
  return {
    answering: (address, work) => addresses.run(address, work),
    located: (onEvent) => (event) => {
      const address = personal.test(event.type) ? addresses.getStore() : undefined;
      onEvent(address === undefined ? event : { ...event, address });
    },
  };
}
