import { hasCode } from '../errors.ts';
import type { SessionCall } from '../event-reasons.ts';
import { report, type SessionsConfig } from './sessions-config.ts';

/**
 * Tells operators of a call of a session that rejected, with its name as the reason. Many apps do not wait for
 * `session.save()`: for them this is the only word of it.
 */
export function reportFailedCall(config: SessionsConfig, call: SessionCall, cause: unknown): void {
  // Of a login host that is away the call itself told.
  if (hasCode(cause, 'login_host_unavailable')) return;
  if (hasCode(cause, 'session_ended')) report(config, { type: 'session.save-lost', reason: call });
  else if (hasCode(cause, 'store_unavailable'))
    report(config, { type: 'store.unavailable', reason: call, cause });
  else report(config, { type: 'session.call-refused', reason: call, cause });
}
