import { AsyncLocalStorage } from 'node:async_hooks';
import type { LatchkeyEvent } from '@latchkey/session';
import { chooseLanguage } from './pages/languages/choose-language.ts';
import type { Catalogue } from './pages/languages/en.ts';

/** What a request says of whoever sent it. */
export interface AnsweredRequest {
  /** The client's address. */
  readonly address: string;
  /** The header, unread. */
  readonly acceptLanguage: string | null;
}

/**
 * What is known about the request that is being answered, for those who are not handed it: from where events came, and in
 * which language pages speak.
 */
export interface RequestContext {
  /** Runs what answers a request of a client. */
  answering<T>(request: AnsweredRequest, work: () => T): T;
  /** Somebody was recognised: from here on their own choice of language (a BCP 47 tag) goes before their browser's. */
  prefer(locale: string | null): void;
  /** The language of the answer; English outside of a request. */
  language(): Catalogue;
  /** What the operator is told: events say from where the request came under which they happened. */
  located(onEvent: (event: LatchkeyEvent) => void): (event: LatchkeyEvent) => void;
}

/** Events of somebody's doing. What a request merely set off, such as a notice, is not from there. */
const personal = /^(?:access|account|provider|registration|sign-in)\./;

export function createRequestContext(): RequestContext {
  const requests = new AsyncLocalStorage<AnsweredRequest & { locale: string | null }>();
  return {
    answering: (request, work) => requests.run({ ...request, locale: null }, work),
    prefer(locale) {
      const request = requests.getStore();
      if (request !== undefined) request.locale = locale;
    },
    language: () => chooseLanguage(requests.getStore() ?? { locale: null, acceptLanguage: null }),
    located: (onEvent) => (event) => {
      const address = personal.test(event.type) ? requests.getStore()?.address : undefined;
      onEvent(address === undefined ? event : { ...event, address });
    },
  };
}
