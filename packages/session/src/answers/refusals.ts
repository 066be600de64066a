import type { AppHandler } from '../http/http-exchange.ts';
import { createHostCheck } from '../http/own-host.ts';
import type { Platform } from '../platform.ts';
import { refusalPage, unsafeRefusal, wrongHostPage } from './refusal-page.ts';

type Refusals = Pick<AppHandler, 'acceptsHost' | 'unavailable' | 'refuseUnsafe' | 'wrongHost'>;

/**
 * What every app handler at an origin answers when it cannot serve a request or must not, told as events. `named` says
 * which app in them; empty for an app alone.
 */
export function createRefusals(
  origin: string,
  named: { readonly app?: string },
  { onEvent }: Pick<Platform, 'onEvent'>,
): Refusals {
  return {
    acceptsHost: createHostCheck(origin),
    unavailable(cause) {
      onEvent({ type: 'store.unavailable', ...named, reason: 'request', cause });
      return refusalPage('unavailable');
    },
    refuseUnsafe(reason, accept) {
      onEvent({ type: 'csrf.refused', ...named, reason });
      return unsafeRefusal(reason, accept);
    },
    wrongHost: (received) => wrongHostPage(received, origin),
  };
}
