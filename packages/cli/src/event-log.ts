import { eventLevels, type LatchkeyEvent } from '@latchkey/session';
import { redact } from '@latchkey/session/parts';
import { codeOf } from './exit-code.ts';

/** How deep causes are followed: an error may be its own cause. */
const deepestCause = 4;
const framesShown = 6;

/** A cause as a log line has it. */
interface LoggedCause {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  /** Where it was thrown, for errors that are not ours. */
  readonly at?: readonly string[];
  readonly cause?: LoggedCause;
}

/**
 * An event as one line of JSON: `time` (ISO 8601), `level`, `type`, and what else the event has.
 * Text that came from outside is redacted.
 */
export function eventLine(event: LatchkeyEvent, at: number, secrets: readonly string[]): string {
  const { type, app, reason, account, address, hosts, cause } = event;
  return JSON.stringify({
    time: new Date(at).toISOString(),
    level: eventLevels[type],
    type,
    app,
    reason,
    account,
    address,
    hosts,
    cause: cause === undefined ? undefined : loggedCause(cause, secrets, 0),
  });
}

function loggedCause(cause: unknown, secrets: readonly string[], depth: number): LoggedCause {
  if (!(cause instanceof Error)) return { name: typeof cause, message: '' };
  const code = 'code' in cause && typeof cause.code === 'string' ? { code: cause.code } : {};
  const isOurs = codeOf(cause) !== null;
  const goesOn = cause.cause !== undefined && depth < deepestCause;
  return {
    name: cause.name,
    ...code,
    message: redact(cause.message, secrets),
    ...(isOurs ? {} : { at: framesOf(cause) }),
    ...(goesOn ? { cause: loggedCause(cause.cause, secrets, depth + 1) } : {}),
  };
}

/** The places alone: what stands before them in a stack is the message again. */
function framesOf({ stack = '', name, message }: Error): readonly string[] {
  const head = message === '' ? name : `${name}: ${message}`;
  if (!stack.startsWith(head)) return [];
  const lines = stack.slice(head.length).split('\n');
  return lines
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, framesShown);
}
