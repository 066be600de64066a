import { eventLevels, type LatchkeyEvent } from './events.ts';
import { redact } from './redact.ts';

/** For so long the same event is counted and not written again: a store that is down fails each request. */
const quietMilliseconds = 10_000;
/** Kinds of events that are told apart at a time. */
const maxKinds = 1000;
/** How deep causes are followed: an error may be its own cause. */
const deepestCause = 4;

interface Printed {
  readonly at: number;
  more: number;
}

/**
 * What Latchkey does with events by default: warnings and errors, each as one line for people. The same event (type, app and
 * reason) is written once in ten seconds, with how many there were meanwhile.
 *
 * @example
 * ```ts
 * import { createEventPrinter } from '@latchkey/session';
 * import { sessions } from '@latchkey/session/express';
 *
 * const onEvent = createEventPrinter((line) => console.log(line), Date.now);
 * const platform = { onEvent };
 * export const middleware = sessions({ origin: 'https://shop.example', store: 'memory:', platform });
 * ```
 */
export function createEventPrinter(
  write: (line: string) => void,
  now: () => number,
): (event: LatchkeyEvent) => void {
  const printed = new Map<string, Printed>();
  return (event) => {
    if (eventLevels[event.type] === 'info') return;
    const kind = `${event.type} ${event.app} ${event.reason}`;
    const before = printed.get(kind);
    const at = now();
    if (before !== undefined && Math.abs(at - before.at) < quietMilliseconds) {
      before.more += 1;
      return;
    }
    if (printed.size >= maxKinds) printed.clear();
    printed.set(kind, { at, more: 0 });
    write(lineOf(event, before?.more ?? 0));
  };
}

/** `latchkey error store.unavailable app=shop reason=request: …`. */
function lineOf(event: LatchkeyEvent, more: number): string {
  const { type, app, reason, hosts, account, address, cause } = event;
  const named = { app, reason, hosts: hosts?.join(','), account: account?.id, address };
  const facts = Object.entries(named).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  const head = ['latchkey', eventLevels[type], type, ...facts].join(' ');
  const why = cause === undefined ? '' : `: ${causeText(cause, 0)}`;
  return oneLine(`${head}${why}${more === 0 ? '' : ` (and ${more} more like it since)`}`);
}

function causeText(cause: unknown, depth: number): string {
  if (!(cause instanceof Error)) return typeof cause;
  const code = 'code' in cause && typeof cause.code === 'string' ? ` ${cause.code}` : '';
  const text = `${cause.name}${code}: ${redact(cause.message)}`;
  const goesOn = cause.cause !== undefined && depth < deepestCause;
  return goesOn ? `${text} <- ${causeText(cause.cause, depth + 1)}` : text;
}

/** Nothing that a message holds begins a line of its own or moves the cursor of a terminal. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
